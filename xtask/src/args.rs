//! What was asked for on the command line.

use std::path::PathBuf;

use crate::process::{Result, failure};
use crate::suites::Suite;

pub(crate) const HELP: &str = "\
cargo xtask: sets up, builds, serves and tests Strayline. Whatever is missing is installed first.

Usage: cargo xtask COMMAND [OPTION...]

  serve [--open] [--port N] [--public-url PATH]
        builds the release page and serves it on this machine (port 8080)
  dev   [--open] [--port N]
        serves an unoptimised page and rebuilds it whenever a file is saved
  build [--public-url PATH]
        builds the static site into dist/; without a PATH it works under any
  test  [SUITE...]
        runs the test suites, all or those named:
          format        cargo fmt --check
          lint-native   clippy over the whole workspace
          lint-wasm     clippy over what runs in the browser
          native        cargo test, without a browser
          wasm          tests compiled to WebAssembly, in headless Chromium
          e2e           the release page in headless Chromium and Firefox
  bench [--file FILE | --mb N | --detectors] [--json] [--keep]
        builds the release page and times the analysis of files in Chromium, beside
        DuckDB where it is installed (without a FILE: the same made-up rows as
        JSON Lines and as CSV, of N MB; --detectors times those instead, beside
        scikit-learn's forest; --keep writes the table of BENCHMARKS.md)
  setup
        only installs what the commands above need

Tools are kept outside of the repository, in $STRAYLINE_TOOLS or the user's cache folder.";

/// A command with its options.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Request {
    Help,
    Serve { open: bool, port: u16, public_url: String },
    Dev { open: bool, port: u16 },
    Build { public_url: String },
    Test { suites: Vec<Suite> },
    Bench { file: Option<PathBuf>, megabytes: Option<String>, flags: Vec<&'static str> },
    Setup,
}

const PORT: u16 = 8080;
const ANY_PATH: &str = "./";

/// Reads the words after `cargo xtask`.
pub(crate) fn parse(words: &[String]) -> Result<Request> {
    let Some((command, rest)) = words.split_first() else {
        return Ok(Request::Help);
    };
    if words.iter().any(|word| matches!(word.as_str(), "--help" | "-h" | "help")) {
        return Ok(Request::Help);
    }
    let mut options = Options { words: rest.to_vec() };
    let request = match command.as_str() {
        "serve" => {
            Request::Serve { open: options.flag("--open"), port: options.port()?, public_url: options.public_url()? }
        }
        "dev" => Request::Dev { open: options.flag("--open"), port: options.port()? },
        "build" => Request::Build { public_url: options.public_url()? },
        "test" => Request::Test { suites: options.suites()? },
        "bench" => Request::Bench {
            file: options.value("--file")?.map(PathBuf::from),
            megabytes: options.value("--mb")?,
            flags: ["--detectors", "--json", "--keep"].into_iter().filter(|flag| options.flag(flag)).collect(),
        },
        "setup" => Request::Setup,
        unknown => {
            return Err(failure!("there is no command `{unknown}`; `cargo xtask --help` lists them"));
        }
    };
    match options.words.first() {
        Some(word) => Err(failure!("`cargo xtask {command}` does not take `{word}`; see `cargo xtask --help`")),
        None => Ok(request),
    }
}

/// The words after the command that are not yet understood.
struct Options {
    words: Vec<String>,
}

impl Options {
    fn flag(&mut self, name: &str) -> bool {
        let before = self.words.len();
        self.words.retain(|word| word != name);
        self.words.len() < before
    }

    /// The value in `--name VALUE` or `--name=VALUE`.
    fn value(&mut self, name: &str) -> Result<Option<String>> {
        let joined = format!("{name}=");
        let Some(at) = self.words.iter().position(|word| word == name || word.starts_with(&joined)) else {
            return Ok(None);
        };
        let word = self.words.remove(at);
        if let Some(value) = word.strip_prefix(&joined) {
            return Ok(Some(value.to_owned()));
        }
        if at == self.words.len() {
            return Err(failure!("`{name}` needs a value"));
        }
        Ok(Some(self.words.remove(at)))
    }

    fn port(&mut self) -> Result<u16> {
        let Some(value) = self.value("--port")? else {
            return Ok(PORT);
        };
        value.parse().map_err(|_| failure!("`{value}` is not a port number"))
    }

    fn public_url(&mut self) -> Result<String> {
        Ok(self.value("--public-url")?.unwrap_or_else(|| ANY_PATH.to_owned()))
    }

    fn suites(&mut self) -> Result<Vec<Suite>> {
        if self.words.is_empty() {
            return Ok(Suite::ALL.to_vec());
        }
        let named = |word: &String| {
            let suite = Suite::ALL.into_iter().find(|suite| suite.name() == word);
            suite.ok_or_else(|| failure!("there is no suite `{word}`; `cargo xtask --help` lists them"))
        };
        std::mem::take(&mut self.words).iter().map(named).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> std::result::Result<Request, String> {
        let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        parse(&words).map_err(|error| error.to_string())
    }

    #[test]
    fn options_are_read_in_any_order() {
        let wanted = Request::Serve { open: true, port: 9000, public_url: "/x/".to_owned() };
        assert_eq!(parsed("serve --public-url=/x/ --open --port 9000").unwrap(), wanted);
        assert_eq!(parsed("build").unwrap(), Request::Build { public_url: "./".to_owned() });
        assert_eq!(
            parsed("bench --json --file a.log").unwrap(),
            Request::Bench { file: Some("a.log".into()), megabytes: None, flags: vec!["--json"] }
        );
    }

    #[test]
    fn suites_are_all_or_those_named() {
        assert_eq!(parsed("test").unwrap(), Request::Test { suites: Suite::ALL.to_vec() });
        assert_eq!(parsed("test wasm format").unwrap(), Request::Test { suites: vec![Suite::Wasm, Suite::Format] });
    }

    #[test]
    fn what_is_not_understood_is_named() {
        for (line, word) in [
            ("sevre", "`sevre`"),
            ("build --fast", "`--fast`"),
            ("serve --port x", "`x`"),
            ("test unit", "`unit`"),
            ("bench --file", "`--file`"),
        ] {
            let error = parsed(line).unwrap_err();
            assert!(error.contains(word), "{error}");
        }
    }

    #[test]
    fn every_suite_is_in_the_help() {
        for suite in Suite::ALL {
            assert!(HELP.contains(suite.name()), "{}", suite.name());
        }
    }
}
