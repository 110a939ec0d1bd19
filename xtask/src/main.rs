//! `cargo xtask`: everything that is done with this repository, from a fresh clone to a deployed site.
//!
//! Start reading at [`args::HELP`]; each command is a few lines below.
#![expect(clippy::print_stdout, reason = "a program for the terminal")]

mod args;
mod process;
mod setup;
mod site;
mod suites;

use std::io::Write as _;
use std::process::ExitCode;

use args::Request;
use process::{Result, run, say};
use setup::Toolbox;

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    match args::parse(&words).and_then(perform) {
        Ok(code) => code,
        Err(failure) => {
            say!("{failure}");
            ExitCode::FAILURE
        }
    }
}

fn perform(request: Request) -> Result<ExitCode> {
    match request {
        // Whoever reads only its beginning, as `head` does, does no harm.
        Request::Help => drop(writeln!(std::io::stdout(), "{}", args::HELP)),
        Request::Serve { open, port, public_url } => {
            let dist = site::build(&setup::site()?, &public_url)?;
            site::serve(&dist, &public_url, port, open)?;
        }
        Request::Dev { open, port } => site::develop(&setup::site()?, port, open)?,
        Request::Build { public_url } => {
            site::build(&setup::site()?, &public_url)?;
        }
        Request::Test { suites } => return suites::run_all(&suites),
        Request::Bench { file, megabytes, flags } => {
            let toolbox = setup::site()?;
            setup::tests(&toolbox)?;
            let dist = site::build(&toolbox, "./")?;
            let mut bench = Toolbox::native("cargo");
            bench.args(["run", "--quiet", "--package", "e2e", "--bin", "bench", "--"]).env("STRAYLINE_DIST", dist);
            if let Some(file) = file {
                let here = std::env::current_dir().unwrap_or_default();
                bench.arg("--file").arg(here.join(file));
            }
            if let Some(megabytes) = megabytes {
                bench.args(["--mb", &megabytes]);
            }
            bench.args(flags);
            run(&mut bench)?;
        }
        Request::Setup => {
            setup::tests(&setup::site()?)?;
            setup::python::ensure();
        }
    }
    Ok(ExitCode::SUCCESS)
}
