// SPDX-License-Identifier: Apache-2.0
use std::fmt;

/// A number of WASI preview1's errno, as the imports answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Errno(pub i32);

impl Errno {
    pub const ACCES: Errno = Errno(2);
    pub const BADF: Errno = Errno(8);
    pub const CANCELED: Errno = Errno(11);
    pub const CONNABORTED: Errno = Errno(13);
    pub const DQUOT: Errno = Errno(19);
    pub const HOSTUNREACH: Errno = Errno(23);
    pub const INVAL: Errno = Errno(28);
    pub const LOOP: Errno = Errno(32);
    pub const MFILE: Errno = Errno(33);
    pub const MSGSIZE: Errno = Errno(35);
    pub const NOTSUP: Errno = Errno(58);
    pub const PROTO: Errno = Errno(65);
    pub const TIMEDOUT: Errno = Errno(73);
    pub const NOTCAPABLE: Errno = Errno(76);

    /// The name in capitals; `None` for a number that these imports do not answer.
    pub fn name(self) -> Option<&'static str> {
        Some(match self {
            Errno::ACCES => "EACCES",
            Errno::BADF => "EBADF",
            Errno::CANCELED => "ECANCELED",
            Errno::CONNABORTED => "ECONNABORTED",
            Errno::DQUOT => "EDQUOT",
            Errno::HOSTUNREACH => "EHOSTUNREACH",
            Errno::INVAL => "EINVAL",
            Errno::LOOP => "ELOOP",
            Errno::MFILE => "EMFILE",
            Errno::MSGSIZE => "EMSGSIZE",
            Errno::NOTSUP => "ENOTSUP",
            Errno::PROTO => "EPROTO",
            Errno::TIMEDOUT => "ETIMEDOUT",
            Errno::NOTCAPABLE => "ENOTCAPABLE",
            _ => return None,
        })
    }
}

impl fmt::Display for Errno {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => write!(f, "{name} ({})", self.0),
            None => write!(f, "errno {}", self.0),
        }
    }
}

/// How much of the request had left when it failed: a POST that timed out may have been carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sent {
    None,
    Partial,
    Full,
}

/// Why a request gave no whole answer, in the host's words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    pub errno: Errno,
    /// `not_granted`, `unreachable`, `timeout`, `tls_error`, …
    pub code: String,
    /// What was wrong, where the guest could have known it; empty from the name's look-up on.
    pub reason: String,
    pub sent: Sent,
}

impl Error {
    pub(crate) fn of_guest(code: &str, reason: &str) -> Error {
        Error { errno: Errno::INVAL, code: code.into(), reason: reason.into(), sent: Sent::None }
    }

    /// Of `error_read`: `code NUL reason NUL sent NUL`.
    pub(crate) fn from_block(errno: Errno, block: &[u8]) -> Error {
        let mut words = block.split(|byte| *byte == 0).map(|word| String::from_utf8_lossy(word).into_owned());
        let code = words.next().unwrap_or_default();
        let reason = words.next().unwrap_or_default();
        let sent = match words.next().as_deref() {
            Some("partial") => Sent::Partial,
            Some("full") => Sent::Full,
            _ => Sent::None,
        };
        Error { errno, code, reason, sent }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.errno)?;
        if !self.code.is_empty() {
            write!(f, " {}", self.code)?;
        }
        if !self.reason.is_empty() {
            write!(f, " ({})", self.reason)?;
        }
        match self.sent {
            Sent::None => Ok(()),
            Sent::Partial => write!(f, ", part of the request was sent"),
            Sent::Full => write!(f, ", the request was sent"),
        }
    }
}

impl std::error::Error for Error {}

impl From<Error> for std::io::Error {
    fn from(error: Error) -> std::io::Error {
        use std::io::ErrorKind;
        let kind = match error.errno {
            Errno::ACCES | Errno::NOTCAPABLE => ErrorKind::PermissionDenied,
            Errno::TIMEDOUT => ErrorKind::TimedOut,
            Errno::INVAL => ErrorKind::InvalidInput,
            Errno::CONNABORTED => ErrorKind::ConnectionAborted,
            Errno::PROTO => ErrorKind::InvalidData,
            Errno::NOTSUP => ErrorKind::Unsupported,
            _ => ErrorKind::Other,
        };
        std::io::Error::new(kind, error)
    }
}
