//! The rules of redaction and what each one looks for.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::{network, number, pair, secret};

/// What a rule looks for. In the order of precedence: where rules overlap, the earlier one names the pseudonym.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Rule {
    /// A text that already looks like a pseudonym; always on, because restoring would mistake it for one.
    Lookalike,
    /// A word or pattern that the person added; always on.
    Own,
    /// `-----BEGIN … PRIVATE KEY-----` to its end.
    PrivateKey,
    /// A JSON Web Token (RFC 7519), signed or encrypted.
    Jwt,
    /// A key that its prefix gives away, such as `AKIA…`, `ghp_…`, `AQ.…`.
    ApiKey,
    /// What follows `Authorization:`, `Cookie:`, `Bearer` or `Basic`.
    Header,
    /// The value of a key such as `password` or `api_key`.
    Secret,
    /// User and password before the host of a URL (RFC 3986 calls them `userinfo`).
    UrlCredentials,
    /// An address of e-mail.
    Email,
    /// The number of a payment card, check digit right (ISO/IEC 7812).
    Card,
    /// An international bank account number, check digits right (ISO 13616).
    Iban,
    /// An IPv6 address.
    Ipv6,
    /// An IPv4 address.
    Ipv4,
    /// An address of Ethernet hardware.
    Mac,
    /// A telephone number in international form, `+49 …`.
    Phone,
    /// The name in `/home/NAME`, `/Users/NAME`, `C:\Users\NAME`.
    Home,
    /// The value of a key such as `user` or `account_id`.
    User,
    /// A UUID; off by default, because sessions are told apart by them.
    Uuid,
}

/// Bytes of a text, and the rule that matched them.
pub(super) type Found = (Range<usize>, Rule);

impl Rule {
    /// The rules that can be switched.
    pub const SWITCHES: [Self; 16] = [
        Self::PrivateKey,
        Self::Jwt,
        Self::ApiKey,
        Self::Header,
        Self::Secret,
        Self::UrlCredentials,
        Self::Email,
        Self::Card,
        Self::Iban,
        Self::Ipv4,
        Self::Ipv6,
        Self::Mac,
        Self::Phone,
        Self::Home,
        Self::User,
        Self::Uuid,
    ];

    /// Whether the rule is on unless a person says otherwise.
    pub fn by_default(self) -> bool {
        self != Self::Uuid
    }

    /// The rule's name for a person.
    pub fn name(self) -> &'static str {
        match self {
            Self::Lookalike => "text that looks like a pseudonym",
            Self::Own => "your own words and patterns",
            Self::PrivateKey => "private keys",
            Self::Jwt => "JSON Web Tokens",
            Self::ApiKey => "API keys and tokens",
            Self::Header => "authorization headers and cookies",
            Self::Secret => "passwords and secrets",
            Self::UrlCredentials => "credentials in URLs",
            Self::Email => "e-mail addresses",
            Self::Card => "payment cards",
            Self::Iban => "bank accounts",
            Self::Ipv4 => "IPv4 addresses",
            Self::Ipv6 => "IPv6 addresses",
            Self::Mac => "hardware addresses",
            Self::Phone => "telephone numbers",
            Self::Home => "names of home folders",
            Self::User => "user ids",
            Self::Uuid => "UUIDs",
        }
    }

    /// The type inside a pseudonym: `EMAIL` of `<EMAIL_3>`.
    pub fn tag(self) -> &'static str {
        match self {
            Self::Lookalike => "TEXT",
            Self::Own => "PRIVATE",
            Self::PrivateKey => "PRIVATE_KEY",
            Self::Jwt => "JWT",
            Self::ApiKey => "API_KEY",
            Self::Header => "CREDENTIAL",
            Self::Secret => "SECRET",
            Self::UrlCredentials => "LOGIN",
            Self::Email => "EMAIL",
            Self::Card => "CARD",
            Self::Iban => "IBAN",
            Self::Ipv4 => "IP",
            Self::Ipv6 => "IP6",
            Self::Mac => "MAC",
            Self::Phone => "PHONE",
            Self::Home | Self::User => "USER",
            Self::Uuid => "UUID",
        }
    }

    /// Adds what the rule matches in a text. Linear in the text; ranges lie between characters.
    pub(super) fn find(self, text: &[u8], found: &mut Vec<Found>) {
        let mut add = |range| found.push((range, self));
        match self {
            // These two depend on the redactor.
            Self::Lookalike | Self::Own => {}
            Self::PrivateKey => secret::private_keys(text, &mut add),
            Self::Jwt => secret::json_web_tokens(text, &mut add),
            Self::ApiKey => secret::api_keys(text, &mut add),
            Self::Header => pair::headers(text, &mut add),
            Self::Secret => pair::secrets(text, &mut add),
            Self::User => pair::users(text, &mut add),
            Self::UrlCredentials => network::url_credentials(text, &mut add),
            Self::Email => network::emails(text, &mut add),
            Self::Ipv4 => network::ipv4(text, &mut add),
            Self::Ipv6 => network::ipv6(text, &mut add),
            Self::Mac => network::mac(text, &mut add),
            Self::Card => number::cards(text, &mut add),
            Self::Iban => number::ibans(text, &mut add),
            Self::Phone => number::phones(text, &mut add),
            Self::Uuid => number::uuids(text, &mut add),
            Self::Home => pair::homes(text, &mut add),
        }
    }
}
