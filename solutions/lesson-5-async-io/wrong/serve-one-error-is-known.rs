//! Only `ECONNABORTED` belongs to one connection; what is not known ends the loop.
//!
//! Rejected by: `errors::behind_an_error_of_one_connection_the_next_one_is_accepted_at_once`,
//! `errors::no_error_of_one_connection_ends_the_loop`
//!
//! Linux hands the errors of a connection's network to whoever accepts it, and a firewall answers with `EPERM`: one packet
//! from outside then ends your server. The list of what ends it is the short one, four mistakes that a program makes with its
//! listener. All that is in no list belongs to one connection.
// ANCHOR: trouble
match Errno::from_io_error(error) {
    Some(Errno::MFILE | Errno::NFILE | Errno::NOBUFS | Errno::NOMEM) => Self::Passing,
    Some(Errno::CONNABORTED) | None => Self::OneConnection,
    Some(_) => Self::Lasting,
}
// ANCHOR_END: trouble
