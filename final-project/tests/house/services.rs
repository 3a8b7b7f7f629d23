//! Real services under test: started on free ports, in folders of their own, gone when the test is.

use std::fs;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::os::unix::fs::{MetadataExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::thread::sleep;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, geteuid};
use tempfile::TempDir;
use tokio::runtime::Builder;
use tokio_postgres::NoTls;

use super::processes::{dies_with_us, stop};
use super::{WAIT_MAX, send, skip, until};

/// How often a port that was free is taken before the service has it.
const TRIES: usize = 5;

/// A server of PostgreSQL, with a database `test` of the user `test`.
pub(crate) struct Postgres(Service);

impl Postgres {
    /// Nothing where it is not installed.
    pub(crate) fn start() -> Option<Self> {
        Self::start_with(&[])
    }

    /// With these options of `postgres`.
    pub(crate) fn start_with(options: &[&str]) -> Option<Self> {
        let Some(programs) = postgres_programs() else {
            skip("PostgreSQL", "apt install postgresql");
            return None;
        };
        let options: Vec<String> = options.iter().map(|&option| option.to_owned()).collect();
        let folder = tempfile::tempdir().expect("a folder");
        copy_cluster(&cluster(&programs), folder.path());
        let program = programs.join("postgres");
        let command = move |folder: &Path, port: u16| {
            let mut command = Command::new(&program);
            command.arg("-D").arg(folder).args(["-p", &port.to_string()]);
            for setting in [
                "listen_addresses=127.0.0.1",
                "unix_socket_directories=",
                "fsync=off",
                "full_page_writes=off",
            ] {
                command.args(["-c", setting]);
            }
            command.args(&options);
            as_owner(&mut command, folder);
            command
        };
        // At once, all its processes; then it recovers as from a crash.
        Some(Self(Service::start(folder, Signal::QUIT, command, is_answered_by_postgres)))
    }

    pub(crate) fn service(&mut self) -> &mut Service {
        &mut self.0
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.0.address()
    }

    pub(crate) fn url(&self) -> String {
        Self::url_at(self.address())
    }

    /// Runs a statement of the test's own.
    pub(crate) fn execute(&self, statement: &str) {
        let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
        let executed = runtime.block_on(async {
            let (client, connection) = tokio_postgres::connect(&self.url(), NoTls).await?;
            tokio::spawn(async move { drop(connection.await) });
            client.batch_execute(statement).await
        });
        executed.expect("the statement is right");
    }

    /// The same database by another way.
    pub(crate) fn url_at(address: SocketAddr) -> String {
        format!("postgres://test@{address}/postgres")
    }
}

/// Asks what a client asks before it says who it is: whether TLS is spoken.
fn is_answered_by_postgres(port: u16) -> bool {
    let ask = || -> std::io::Result<bool> {
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
        stream.set_read_timeout(Some(Duration::from_secs(5)))?;
        let user = b"user\0test\0database\0postgres\0\0";
        let length = u32::try_from(8 + user.len()).expect("short");
        stream.write_all(&length.to_be_bytes())?;
        stream.write_all(&196_608_u32.to_be_bytes())?;
        stream.write_all(user)?;
        let mut kind = [0; 1];
        stream.read_exact(&mut kind)?;
        // While it starts it says that it does.
        Ok(kind == *b"R")
    };
    ask().unwrap_or(false)
}

/// Where `initdb` and `postgres` are: not in the path, on Debian.
fn postgres_programs() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    folders.extend(versions.map(|version| version.path().join("bin")));
    folders
        .into_iter()
        .find(|folder| ["initdb", "postgres"].iter().all(|name| folder.join(name).exists()))
}

/// An empty cluster, made once for all tests of this program.
fn cluster(programs: &Path) -> PathBuf {
    static MADE: Mutex<Option<PathBuf>> = Mutex::new(None);
    let mut made = MADE.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    if let Some(folder) = &*made {
        return folder.clone();
    }
    let tests = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let folder = tests.join(format!(
        "postgres-{}",
        programs.parent().map_or_else(
            || "cluster".to_owned(),
            |version| version.file_name().unwrap_or_default().to_string_lossy().into_owned(),
        )
    ));
    if !folder.join("done").exists() {
        make_cluster(programs, &folder);
    }
    made.insert(folder).clone()
}

/// Aside, and moved to its place: other programs of tests make one, too.
fn make_cluster(programs: &Path, folder: &Path) {
    let aside = tempfile::tempdir_in(folder.parent().expect("a folder's")).expect("a folder");
    // Root may not run it, and its parents may be closed to others: so it is made below the system's folder.
    let made = tempfile::tempdir().expect("a folder");
    give(made.path());
    let mut command = Command::new(programs.join("initdb"));
    command.arg("-D").arg(made.path()).args(["-U", "test", "-A", "trust", "-N", "--wal-segsize=1"]);
    command.args(["--locale=C", "-E", "UTF8"]);
    as_owner(&mut command, made.path());
    let output = command.stdin(Stdio::null()).output().expect("initdb can be run");
    assert!(output.status.success(), "initdb: {}", String::from_utf8_lossy(&output.stderr));
    copy(made.path(), aside.path());
    fs::write(aside.path().join("done"), "").expect("a file");
    // Who comes second finds it done.
    let _ = fs::rename(aside.path(), folder);
    assert!(folder.join("done").exists(), "a cluster in {}", folder.display());
}

fn copy_cluster(from: &Path, to: &Path) {
    copy(from, to);
    fs::remove_file(to.join("done")).expect("it is there");
    give(to);
}

fn copy(from: &Path, to: &Path) {
    let status = Command::new("cp").arg("-a").arg(from.join(".")).arg(to).status();
    assert!(status.is_ok_and(|status| status.success()), "a copy of {}", from.display());
}

/// PostgreSQL refuses root: then it runs as the user that its package has made.
fn owner() -> Option<(u32, u32)> {
    if !geteuid().is_root() {
        return None;
    }
    let users = fs::read_to_string("/etc/passwd").expect("users");
    let line = users.lines().find_map(|line| line.strip_prefix("postgres:"))?;
    let mut fields = line.split(':').skip(1).map(|field| field.parse().ok());
    Some((fields.next()??, fields.next()??))
}

/// Gives a folder, and all in it, to who runs the service.
fn give(folder: &Path) {
    let Some((user, group)) = owner() else { return };
    let mut rest = vec![folder.to_owned()];
    while let Some(path) = rest.pop() {
        chown(&path, Some(user), Some(group)).expect("root may");
        if path.symlink_metadata().is_ok_and(|data| data.is_dir()) {
            let entries = fs::read_dir(&path).expect("a folder").flatten();
            rest.extend(entries.map(|entry| entry.path()));
        }
    }
}

fn as_owner(command: &mut Command, folder: &Path) {
    let owned = folder.metadata().expect("a folder");
    if owned.uid() != geteuid().as_raw() {
        command.uid(owned.uid()).gid(owned.gid());
    }
    command.current_dir(folder);
}

/// A server of Redis, which has written what it is told to a file before it answers: it may be killed.
pub(crate) struct Redis(Service);

impl Redis {
    /// Nothing where it is not installed.
    pub(crate) fn start() -> Option<Self> {
        if Command::new("redis-server").arg("--version").output().is_err() {
            skip("Redis", "apt install redis-server");
            return None;
        }
        let command = |folder: &Path, port: u16| {
            let mut command = Command::new("redis-server");
            command.args(["--port", &port.to_string(), "--bind", "127.0.0.1", "--save", ""]);
            command.args(["--appendonly", "yes", "--dir"]).arg(folder);
            command
        };
        let folder = tempfile::tempdir().expect("a folder");
        Some(Self(Service::start(folder, Signal::KILL, command, is_answered_by_redis)))
    }

    pub(crate) fn service(&mut self) -> &mut Service {
        &mut self.0
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.0.address()
    }

    pub(crate) fn url(&self) -> String {
        Self::url_at(self.address())
    }

    pub(crate) fn url_at(address: SocketAddr) -> String {
        format!("redis://{address}")
    }
}

fn is_answered_by_redis(port: u16) -> bool {
    let ask = || -> std::io::Result<bool> {
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
        stream.set_read_timeout(Some(Duration::from_secs(5)))?;
        stream.write_all(b"PING\r\n")?;
        let mut answer = [0; 5];
        stream.read_exact(&mut answer)?;
        Ok(answer == *b"+PONG")
    };
    ask().unwrap_or(false)
}

/// The command that starts one in a folder, on a port.
type Start = dyn Fn(&Path, u16) -> Command;

/// A process that listens on a port.
pub(crate) struct Service {
    folder: TempDir,
    command: Box<Start>,
    answers: fn(u16) -> bool,
    /// How it is ended at once, with all that it has started.
    end: Signal,
    port: u16,
    child: Option<Child>,
}

impl Service {
    fn start(
        folder: TempDir,
        end: Signal,
        command: impl Fn(&Path, u16) -> Command + 'static,
        answers: fn(u16) -> bool,
    ) -> Self {
        let command = Box::new(command);
        let mut service = Self { folder, command, answers, end, port: 0, child: None };
        for _ in 0..TRIES {
            let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
            service.port = listener.local_addr().expect("an address").port();
            drop(listener);
            // Somebody else may be faster.
            if service.comes_up() {
                return service;
            }
        }
        panic!("it does not start:\n{}", service.log());
    }

    /// Ends it at once and not gracefully. What has been written is on disk.
    pub(crate) fn kill(&mut self) {
        let Some(mut child) = self.child.take() else { return };
        send(child.id(), self.end);
        child.wait().expect("it is our child");
    }

    /// Starts it again where it was.
    pub(crate) fn restart(&mut self) {
        self.kill();
        let mut up = false;
        until("it is up again", || {
            up = up || self.comes_up();
            up
        });
    }

    /// Starts another one in its place, which knows nothing.
    pub(crate) fn restart_empty(&mut self) {
        self.kill();
        self.folder = tempfile::tempdir().expect("a folder");
        self.restart();
    }

    /// Stops it without ending it: its port is open, and nobody is there.
    pub(crate) fn freeze(&self) {
        stop(self.child.as_ref().expect("it runs").id());
    }

    pub(crate) fn thaw(&self) {
        send(self.child.as_ref().expect("it runs").id(), Signal::CONT);
    }

    pub(crate) fn address(&self) -> SocketAddr {
        (Ipv4Addr::LOCALHOST, self.port).into()
    }

    /// Whether it answers before it ends.
    fn comes_up(&mut self) -> bool {
        let mut command = (self.command)(self.folder.path(), self.port);
        let log = fs::File::create(self.folder.path().join("test.log")).expect("a file");
        let errors = log.try_clone().expect("a descriptor");
        dies_with_us(command.stdin(Stdio::null()).stdout(log).stderr(errors));
        let child = self.child.insert(command.spawn().expect("it is installed"));
        let deadline = Instant::now() + WAIT_MAX;
        while child.try_wait().expect("it is our child").is_none() {
            if (self.answers)(self.port) {
                return true;
            }
            assert!(Instant::now() < deadline, "it does not answer:\n{}", self.log());
            sleep(Duration::from_millis(10));
        }
        self.child = None;
        false
    }

    fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("test.log")).unwrap_or_default()
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        if let Some(child) = &self.child {
            // One that is stopped takes no signal but this.
            let _ = rustix::process::kill_process(Pid::from_child(child), Signal::CONT);
        }
        self.kill();
    }
}
