//! See the library.

fn main() -> std::process::ExitCode {
    api_server::main()
}
