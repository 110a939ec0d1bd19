//! What a field can mean.

use serde::{Deserialize, Serialize};

/// What a field means.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub enum Role {
    /// When the event happened.
    Time,
    /// How severe it is.
    Level,
    /// What it says.
    Message,
    /// Which program or service said it.
    Service,
    /// Which copy of the service: an instance, pod, container or host.
    Instance,
    /// How long something took.
    Duration,
    /// What ties the rows of one request, trace or job together.
    Correlation,
}

impl Role {
    /// Every role, in the order in which they are listed.
    pub const ALL: [Self; 7] =
        [Self::Time, Self::Level, Self::Message, Self::Service, Self::Instance, Self::Duration, Self::Correlation];

    /// The name in settings and exports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Time => "time",
            Self::Level => "level",
            Self::Message => "message",
            Self::Service => "service",
            Self::Instance => "instance",
            Self::Duration => "duration",
            Self::Correlation => "correlation_id",
        }
    }

    /// The role with that [`name`](Self::name), `None` for any other text.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.name() == name)
    }
}

/// Whether a text stands for "no value": empty, `-`, `null` and their like, in any case.
pub fn is_missing(text: &[u8]) -> bool {
    let text = text.trim_ascii();
    match text.len() {
        0 => true,
        1 => text == b"-",
        2..=9 => {
            [&b"null"[..], b"<null>", b"nil", b"<nil>", b"none", b"n/a", b"na", b"nan", b"undefined", b"(null)", b"--"]
                .iter()
                .any(|word| text.eq_ignore_ascii_case(word))
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lead_back_to_their_roles() {
        for role in Role::ALL {
            assert_eq!(Role::from_name(role.name()), Some(role));
        }
        assert_eq!(Role::from_name("Time"), None);
    }

    #[test]
    fn some_texts_stand_for_no_value() {
        for text in ["", "  ", "-", "null", "NULL", "None", "n/a", "<nil>"] {
            assert!(is_missing(text.as_bytes()), "{text:?}");
        }
        for text in ["0", "-1", "no", "nothing", "none of them"] {
            assert!(!is_missing(text.as_bytes()), "{text:?}");
        }
    }
}
