//! A server that hopes to be called: whatever reaches it has left the page.

use std::collections::BTreeSet;
use std::io::{self, BufRead as _, BufReader, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

/// Counts every connection, and keeps the paths that were asked for.
#[derive(Debug)]
pub struct Sink {
    address: SocketAddr,
    stopping: Arc<AtomicBool>,
    calls: Arc<Mutex<BTreeSet<String>>>,
}

impl Sink {
    /// Listens on a port of its own: for a page, another origin.
    pub fn start() -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let address = listener.local_addr()?;
        let calls = Arc::new(Mutex::new(BTreeSet::new()));
        let stopping = Arc::new(AtomicBool::new(false));
        let (heard, stop) = (Arc::clone(&calls), Arc::clone(&stopping));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if stop.load(Ordering::SeqCst) {
                    break;
                }
                let heard = Arc::clone(&heard);
                thread::spawn(move || {
                    // A connection says enough, even if no request follows.
                    let path = answer(&stream).unwrap_or_else(|_| "(a connection)".to_owned());
                    heard.lock().unwrap_or_else(PoisonError::into_inner).insert(path);
                });
            }
        });
        Ok(Self { address, stopping, calls })
    }

    /// The address to call; a caller adds its name.
    pub fn url(&self) -> String {
        format!("http://{}/", self.address)
    }

    /// The names of those who got through.
    pub fn calls(&self) -> BTreeSet<String> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        self.stopping.store(true, Ordering::SeqCst);
        TcpStream::connect(self.address).ok();
    }
}

/// Allows everything that a server can allow, so that only the page's own rules can stop a caller.
fn answer(mut stream: &TcpStream) -> io::Result<String> {
    stream.set_read_timeout(Some(Duration::from_secs(5)))?;
    let mut lines = BufReader::new(stream).lines();
    let request = lines.next().transpose()?.unwrap_or_default();
    for header in lines {
        if header?.is_empty() {
            break;
        }
    }
    let path = request.split(' ').nth(1).ok_or(io::ErrorKind::InvalidData)?;
    stream.write_all(
        b"HTTP/1.1 200 OK\r\nAccess-Control-Allow-Origin: *\r\nContent-Type: text/javascript\r\n\
          Content-Length: 0\r\nConnection: close\r\n\r\n",
    )?;
    Ok(path.trim_start_matches('/').to_owned())
}
