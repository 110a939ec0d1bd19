//! A static file server that behaves as a plain static host does: no headers of isolation or policy.

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, BufRead as _, BufReader, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Component, Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// A folder, served on this machine only, under a path. It stops when it is dropped.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    site: Arc<Site>,
    stopping: Arc<AtomicBool>,
    listening: Option<JoinHandle<()>>,
}

impl Server {
    /// Serves `folder` under `prefix` (`/` or `/some/path/`) on `port`; port 0 takes any free one.
    pub fn start(folder: &Path, prefix: &str, port: u16) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))?;
        let address = listener.local_addr()?;
        let site = Arc::new(Site { folder: folder.to_owned(), prefix: slashed(prefix), served: Mutex::default() });
        let stopping = Arc::new(AtomicBool::new(false));
        let (served, stop) = (Arc::clone(&site), Arc::clone(&stopping));
        let listening = thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if stop.load(Ordering::SeqCst) {
                    break;
                }
                let site = Arc::clone(&served);
                // A browser that goes away in the middle of an answer is no error here.
                thread::spawn(move || site.converse(&stream).ok());
            }
        });
        Ok(Self { address, site, stopping, listening: Some(listening) })
    }

    /// The address of the folder's index.
    pub fn url(&self) -> String {
        format!("http://localhost:{}{}", self.address.port(), self.site.prefix)
    }

    /// The files that were asked for and sent so far.
    pub fn served(&self) -> BTreeSet<PathBuf> {
        self.site.served.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Serves until the process ends.
    pub fn wait(mut self) {
        if let Some(listening) = self.listening.take() {
            listening.join().ok();
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stopping.store(true, Ordering::SeqCst);
        // Wakes the thread that waits for a connection.
        if TcpStream::connect(self.address).is_ok()
            && let Some(listening) = self.listening.take()
        {
            listening.join().ok();
        }
    }
}

/// A path that starts and ends with a slash.
fn slashed(prefix: &str) -> String {
    match prefix.trim_matches(['/', '.']) {
        "" => "/".to_owned(),
        inner => format!("/{inner}/"),
    }
}

#[derive(Debug)]
struct Site {
    folder: PathBuf,
    prefix: String,
    served: Mutex<BTreeSet<PathBuf>>,
}

impl Site {
    /// Answers one request after the other until the other side closes.
    fn converse(&self, stream: &TcpStream) -> io::Result<()> {
        stream.set_read_timeout(Some(Duration::from_mins(1)))?;
        stream.set_nodelay(true)?;
        let mut lines = BufReader::new(stream).lines();
        while let Some(request) = lines.next().transpose()? {
            // The headers change nothing in the answer: skip to the empty line after them.
            for header in lines.by_ref() {
                if header?.is_empty() {
                    break;
                }
            }
            self.answer(stream, &request)?;
        }
        Ok(())
    }

    fn answer(&self, mut stream: &TcpStream, request: &str) -> io::Result<()> {
        let mut words = request.split(' ');
        let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        let (status, kind, body) = match self.file(target) {
            _ if !matches!(method, "GET" | "HEAD") => {
                ("405 Method Not Allowed", "text/plain; charset=utf-8", b"only GET and HEAD\n".to_vec())
            }
            Some(path) => {
                let body = fs::read(&path)?;
                let kind = content_type(&path);
                self.served.lock().unwrap_or_else(PoisonError::into_inner).insert(path);
                ("200 OK", kind, body)
            }
            None => ("404 Not Found", "text/plain; charset=utf-8", b"not found\n".to_vec()),
        };
        write!(
            stream,
            "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {}\r\nCache-Control: no-cache\r\n\r\n",
            body.len()
        )?;
        if method != "HEAD" {
            stream.write_all(&body)?;
        }
        Ok(())
    }

    /// The file that a request's target names, if it is one inside the folder.
    fn file(&self, target: &str) -> Option<PathBuf> {
        let path = target.split(['?', '#']).next()?.strip_prefix(&self.prefix)?;
        let path = PathBuf::from(decoded(path)?);
        if !path.components().all(|part| matches!(part, Component::Normal(_))) {
            return None;
        }
        let mut path = self.folder.join(path);
        if path.is_dir() {
            path.push("index.html");
        }
        path.is_file().then_some(path)
    }
}

/// A path without its percent escapes.
fn decoded(path: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(path.len());
    let mut rest = path.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        if first == b'%' {
            let (digits, after) = after.split_at_checked(2)?;
            bytes.push(u8::from_str_radix(str::from_utf8(digits).ok()?, 16).ok()?);
            rest = after;
        } else {
            bytes.push(first);
            rest = after;
        }
    }
    String::from_utf8(bytes).ok().filter(|path| !path.contains(['\0', '\\']))
}

/// What a static host says of a file; browsers compile WebAssembly as it arrives only if it is named as such.
fn content_type(path: &Path) -> &'static str {
    match path.extension().and_then(|extension| extension.to_str()).unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "wasm" => "application/wasm",
        "json" | "webmanifest" => "application/json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "woff2" => "font/woff2",
        "txt" | "log" | "jsonl" | "md" => "text/plain; charset=utf-8",
        "csv" => "text/csv; charset=utf-8",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn site() -> Site {
        Site {
            folder: PathBuf::from(env!("CARGO_MANIFEST_DIR")),
            prefix: slashed("some/path"),
            served: Mutex::default(),
        }
    }

    #[test]
    fn prefixes_get_their_slashes() {
        for (given, wanted) in [("", "/"), ("/", "/"), ("./", "/"), ("a", "/a/"), ("/a/b/", "/a/b/")] {
            assert_eq!(slashed(given), wanted);
        }
    }

    #[test]
    fn files_are_found_under_the_prefix_only() {
        let found = |target| site().file(target).is_some();
        assert!(found("/some/path/Cargo.toml"));
        assert!(found("/some/path/src/server.rs?v=1"));
        assert!(found("/some/path/Cargo%2Etoml"));
        assert!(!found("/Cargo.toml"));
        assert!(!found("/some/path/"), "a folder without an index");
    }

    #[test]
    fn nothing_outside_of_the_folder_is_found() {
        for target in ["../Cargo.toml", "src/../Cargo.toml", "%2e%2e/Cargo.toml", "/etc/passwd", "..%5cCargo.toml", "%"]
        {
            assert_eq!(site().file(&format!("/some/path/{target}")), None, "{target}");
        }
    }

    #[test]
    fn a_request_is_answered() -> io::Result<()> {
        let server = Server::start(Path::new(env!("CARGO_MANIFEST_DIR")), "/x/", 0)?;
        let mut stream = TcpStream::connect(server.address)?;
        stream.write_all(b"GET /x/Cargo.toml HTTP/1.1\r\nHost: localhost\r\n\r\n")?;
        let mut line = String::new();
        BufReader::new(stream).read_line(&mut line)?;
        assert_eq!(line.trim_end(), "HTTP/1.1 200 OK");
        Ok(())
    }
}
