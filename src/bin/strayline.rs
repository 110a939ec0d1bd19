//! The command line: see `native::cli`.

use std::process::ExitCode;

fn main() -> ExitCode {
    #[cfg(not(target_arch = "wasm32"))]
    return strayline::native::cli::main();
    // Tests in a browser build every binary; this one has nothing to do there.
    #[cfg(target_arch = "wasm32")]
    ExitCode::FAILURE
}
