//! `attend`: arguments in, exit code out.

use std::process::ExitCode;

fn main() -> ExitCode {
    attend::cli::main()
}
