//! Goal: the server can be deployed by what is in `deploy/`: a service manager holds its sockets and knows how it stands; a
//! host that is not set up is told; what is written for systemd, containers and Kubernetes is what those take.
//!
//! Method: the test plays the manager; files are read by the programs that they are for, or by their schemas; and the
//! services that are composed are started here, with the very files.
//! Not proven: that an image can be built and run, or that a cluster schedules it (`deploy/README.md` says what was tried).

#[path = "ship/check_host.rs"]
mod check_host;
#[path = "ship/compose.rs"]
mod compose;
#[path = "ship/container.rs"]
mod container;
#[path = "ship/files.rs"]
mod files;
mod house;
#[path = "ship/kubernetes.rs"]
mod kubernetes;
#[path = "ship/manager.rs"]
mod manager;
#[path = "ship/notify.rs"]
mod notify;
#[path = "ship/probe.rs"]
mod probe;
#[path = "ship/sockets.rs"]
mod sockets;
#[path = "ship/systemd.rs"]
mod systemd;
