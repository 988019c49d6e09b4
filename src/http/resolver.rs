//! Resolves names, so that `localhost` stays on this machine and nothing has to wait for a silent name server.

use std::fmt;
use std::future::{poll_fn, ready};
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, ToSocketAddrs};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Poll, Waker};
use std::thread;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use super::service_url::LOCALHOST;

/// Port 0 stands for that of the request.
const LOOPBACK: [SocketAddr; 2] = [
    SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0),
    SocketAddr::new(IpAddr::V6(Ipv6Addr::LOCALHOST), 0),
];

type Addresses = Vec<SocketAddr>;

/// Finds the addresses of a name. It may block.
type HostLookup = Arc<dyn Fn(&str) -> io::Result<Addresses> + Send + Sync>;

/// The system's resolver, except that `localhost` is loopback without it (RFC 6761 §6.3): it is trusted with tokens in
/// plain http.
#[derive(Clone)]
pub(super) struct Resolver {
    lookup: HostLookup,
}

impl Default for Resolver {
    fn default() -> Resolver {
        Resolver { lookup: Arc::new(|name| Ok((name, 0).to_socket_addrs()?.collect())) }
    }
}

impl fmt::Debug for Resolver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("<resolver>")
    }
}

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        if name.as_str().eq_ignore_ascii_case(LOCALHOST) {
            return Box::pin(ready(Ok(Box::new(LOOPBACK.into_iter()) as Addrs)));
        }
        look_up(Arc::clone(&self.lookup), name.as_str().to_owned())
    }
}

#[derive(Default)]
struct LookupState {
    result: Option<io::Result<Addresses>>,
    waker: Option<Waker>,
}

/// Looks `name` up on a thread of its own. A lookup that hangs is left behind with its thread; for one on a thread of the
/// client's runtime the end of the client would wait, and the process with it.
fn look_up(lookup: HostLookup, name: String) -> Resolving {
    let state = Arc::<Mutex<LookupState>>::default();
    let shared = Arc::clone(&state);
    let thread = thread::Builder::new().name("resolver".to_owned()).spawn(move || {
        let result = lookup(&name);
        let mut state = lock(&shared);
        state.result = Some(result);
        if let Some(waker) = state.waker.take() {
            waker.wake();
        }
    });
    if let Err(error) = thread {
        return Box::pin(ready(Err(error.into())));
    }
    Box::pin(poll_fn(move |context| {
        let mut state = lock(&state);
        let Some(result) = state.result.take() else {
            state.waker = Some(context.waker().clone());
            return Poll::Pending;
        };
        Poll::Ready(match result {
            Ok(addresses) => Ok(Box::new(addresses.into_iter()) as Addrs),
            Err(error) => Err(error.into()),
        })
    }))
}

fn lock(state: &Mutex<LookupState>) -> MutexGuard<'_, LookupState> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;
    use std::time::Duration;

    use reqwest::blocking::Client;

    use super::*;
    use crate::http::transport_error::{TransportError, TransportErrorKind};

    /// The failure of a request to this host, at a port where nobody listens. The client has ended by then.
    fn failed_request(
        host: &str,
        timeout: Duration,
        lookup: impl Fn(&str) -> io::Result<Addresses> + Send + Sync + 'static,
    ) -> TransportErrorKind {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let resolver = Arc::new(Resolver { lookup: Arc::new(lookup) });
        let builder = Client::builder().tls_certs_only([]).no_proxy().dns_resolver(resolver);
        let client = builder.connect_timeout(timeout).build().unwrap();
        let error = client.get(format!("http://{host}:{}", closed.port())).send().unwrap_err();
        TransportError::classify(&error).kind
    }

    #[test]
    fn localhost_is_loopback_even_where_no_name_resolves() {
        let minute = Duration::from_secs(60);
        let nothing = |_: &str| Err(io::Error::other("no such host"));
        for host in ["localhost", "LOCALHOST"] {
            let kind = failed_request(host, minute, nothing);
            assert!(matches!(kind, TransportErrorKind::ConnectionRefused), "{host}: {kind:?}");
        }
        let kind = failed_request("localhost.example", minute, nothing);
        assert!(matches!(kind, TransportErrorKind::UnknownHost), "{kind:?}");
        let loopback = |_: &str| Ok(vec![LOOPBACK[0]]);
        let kind = failed_request("api.example", minute, loopback);
        assert!(matches!(kind, TransportErrorKind::ConnectionRefused), "{kind:?}");
    }

    #[test]
    fn a_silent_name_server_is_left_behind_at_the_connect_timeout() {
        let (answer, silence) = mpsc::channel::<()>();
        let silence = Mutex::new(silence);
        let kind = failed_request("api.example", Duration::from_millis(1), move |_| {
            // Ends when the test does; who waited for it would wait for ever.
            let _ = silence.lock().unwrap().recv();
            Ok(Vec::new())
        });
        assert!(matches!(kind, TransportErrorKind::ConnectTimeout), "{kind:?}");
        drop(answer);
    }
}
