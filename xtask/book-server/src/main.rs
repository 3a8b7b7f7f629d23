//! `book-server build DIR` and `book-server serve`.

#![forbid(unsafe_code)]

use std::net::{IpAddr, Ipv4Addr};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use book_server::publish::publish;
use book_server::serve::{Options, Server};
use clap::{Args, Parser, Subcommand};
use tokio::signal::unix::{SignalKind, signal};

/// Builds the workbook's book, or serves it while it is read and written.
#[derive(Parser)]
#[command(name = "book-server", version, propagate_version = true)]
struct Command {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Build the book as plain files, which a browser opens without a server
    Build {
        /// Where the book goes; what is there is replaced once the new one is whole
        directory: PathBuf,
        #[command(flatten)]
        workspace: Workspace,
    },
    /// Serve the book to this machine and rebuild it whenever it changes
    Serve(Serve),
}

#[derive(Args)]
struct Workspace {
    /// The workspace [default: the folder above this one that holds lessons/workbook.toml]
    #[arg(long)]
    root: Option<PathBuf>,
}

#[derive(Args)]
struct Serve {
    #[command(flatten)]
    workspace: Workspace,
    /// The port, or the first free one behind it; 0 takes any
    #[arg(long, default_value_t = 3000)]
    port: u16,
    /// The address
    #[arg(long, default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST))]
    listen: IpAddr,
    /// Let other machines reach it
    #[arg(long)]
    allow_remote: bool,
    /// Do not open a browser
    #[arg(long)]
    no_open: bool,
    /// Start this program instead of `cargo xtask` when a page asks for something
    #[arg(long, hide = true)]
    runner: Option<PathBuf>,
}

fn main() -> ExitCode {
    let done = match Command::parse().verb {
        Verb::Build { directory, workspace } => build(&directory, workspace),
        Verb::Serve(options) => serve(options),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("{message}");
            ExitCode::FAILURE
        }
    }
}

fn build(directory: &Path, workspace: Workspace) -> Result<(), String> {
    publish(&workspace.find()?, directory).map_err(|defects| defects.to_string())?;
    println!("the book is in {}", directory.display());
    Ok(())
}

fn serve(options: Serve) -> Result<(), String> {
    let Serve { workspace, port, listen, allow_remote, no_open, runner } = options;
    let mut options = Options { port, listen, allow_remote, ..Options::new(workspace.find()?) };
    if let Some(runner) = runner {
        options.runner = vec![runner.into()];
    }
    let server = Server::bind(options).map_err(|error| error.to_string())?;
    let taken = server.address().port();
    if port != 0 && taken != port {
        eprintln!("port {port} is in use, so this is {taken}");
    }
    if !listen.is_loopback() {
        eprintln!(
            "warning: everyone who can reach `{listen}` can run this course's checks and labs on this machine, and read \
             and change your progress"
        );
    }
    println!("{}", server.url());
    if !no_open {
        let url = server.url();
        // It may take a second to notice that there is no browser, which the URL above makes up
        // for.
        std::thread::spawn(move || open::that_detached(url));
    }
    server.run(stopped()).map_err(|error| error.to_string())
}

/// Ready when the terminal or the system asks the program to end, or the terminal goes away.
async fn stopped() {
    let kinds = [SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup()];
    let [Ok(mut interrupted), Ok(mut terminated), Ok(mut left)] = kinds.map(signal) else {
        // Then the signals do what they do by default.
        return std::future::pending().await;
    };
    tokio::select! {
        _ = interrupted.recv() => {}
        _ = terminated.recv() => {}
        _ = left.recv() => {}
    }
}

impl Workspace {
    fn find(self) -> Result<PathBuf, String> {
        let marker = Path::new("lessons/workbook.toml");
        if let Some(root) = self.root {
            return match root.join(marker).is_file() {
                true => std::path::absolute(&root).map_err(|error| error.to_string()),
                false => Err(format!(
                    "`{}` is not the workspace (there is no {})",
                    root.display(),
                    marker.display()
                )),
            };
        }
        let here = std::env::current_dir()
            .map_err(|error| format!("cannot tell where this is: {error}"))?;
        let root = here.ancestors().find(|folder| folder.join(marker).is_file());
        root.map(Path::to_owned).ok_or_else(|| {
            format!(
                "no folder above this one holds {} (name the workspace with `--root`)",
                marker.display()
            )
        })
    }
}
