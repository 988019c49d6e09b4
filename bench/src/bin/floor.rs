//! The floor: what this machine needs for the job when nothing is general. Raw TCP with
//! keep-alive, one reused page buffer, borrowed parsing, hand-written output. No TLS, no
//! argument parser, no error recovery: a yardstick, not a product.
//!   floor drain URL   fetch every page, find nextLink with a byte search, parse nothing
//!   floor csv URL     12 columns (serde_json, borrowed);  csv-simd: the same with sonic-rs
//!   floor ndjson URL / floor json URL   items passed through as raw slices (serde_json)
//!   floor table URL   aligned table of the one page at URL
use serde::Deserialize;
use std::borrow::Cow;
use std::io::{Read, Write};
use std::net::TcpStream;

#[derive(Deserialize)]
struct Page<'a> {
    #[serde(borrow)]
    value: Vec<Ref<'a>>,
    #[serde(rename = "@odata.nextLink", borrow, default)]
    next: Option<Cow<'a, str>>,
}
#[derive(Deserialize)]
struct RawPage<'a> {
    #[serde(borrow)]
    value: Vec<&'a serde_json::value::RawValue>,
    #[serde(rename = "@odata.nextLink", borrow, default)]
    next: Option<Cow<'a, str>>,
}
type S<'a> = Cow<'a, str>;
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Ref<'a> {
    #[serde(borrow)]
    id: S<'a>,
    #[serde(borrow)]
    name: S<'a>,
    #[serde(borrow)]
    status: S<'a>,
    #[serde(borrow)]
    substatus: S<'a>,
    #[serde(rename = "type", borrow)]
    typ: S<'a>,
    #[serde(borrow)]
    direction: S<'a>,
    #[serde(borrow)]
    created_date_time: S<'a>,
    #[serde(borrow)]
    customer_profile: Cust<'a>,
    #[serde(borrow)]
    details: Det<'a>,
}
#[derive(Deserialize)]
struct Cust<'a> {
    #[serde(borrow)]
    name: S<'a>,
    #[serde(borrow)]
    address: Addr<'a>,
}
#[derive(Deserialize)]
struct Addr<'a> {
    #[serde(borrow)]
    country: S<'a>,
}
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Det<'a> {
    deal_value: f64,
    #[serde(borrow)]
    currency: S<'a>,
    #[serde(borrow)]
    closing_date_time: S<'a>,
}

const HEAD: [&str; 12] = [
    "id",
    "name",
    "customer",
    "country",
    "status",
    "substatus",
    "type",
    "direction",
    "dealValue",
    "currency",
    "closingDateTime",
    "createdDateTime",
];

struct Http {
    s: TcpStream,
    host: String,
    token: String,
    buf: Vec<u8>,
}
impl Http {
    fn new(url: &str) -> (Http, String) {
        let (host, path) = split(url);
        let s = TcpStream::connect(&host).expect("connect");
        s.set_nodelay(true).unwrap();
        let token = std::env::var("REFERRALS_TOKEN").unwrap_or_else(|_| "x".into());
        (Http { s, host, token, buf: vec![0; 256 * 1024] }, path)
    }
    /// Body of GET path, in the reused buffer.
    fn get(&mut self, path: &str) -> &[u8] {
        let req = format!(
            "GET {} HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {}\r\nAccept: application/json\r\n\r\n",
            path.replace(' ', "%20"),
            self.host,
            self.token
        );
        self.s.write_all(req.as_bytes()).unwrap();
        let (mut have, mut body, mut len) = (0usize, 0usize, usize::MAX);
        loop {
            let n = self.s.read(&mut self.buf[have..]).unwrap();
            assert!(n > 0, "closed");
            have += n;
            if len == usize::MAX {
                if let Some(p) = memchr::memmem::find(&self.buf[..have], b"\r\n\r\n") {
                    body = p + 4;
                    assert!(self.buf.starts_with(b"HTTP/1.1 200"), "status");
                    let l = memchr::memmem::find(&self.buf[..p], b"Content-Length: ").unwrap() + 16;
                    len = self.buf[l..]
                        .iter()
                        .take_while(|b| b.is_ascii_digit())
                        .fold(0, |a, b| a * 10 + (b - b'0') as usize);
                    if self.buf.len() < body + len {
                        self.buf.resize(body + len, 0);
                    }
                }
            }
            if len != usize::MAX && have >= body + len {
                return &self.buf[body..body + len];
            }
        }
    }
}
fn split(url: &str) -> (String, String) {
    // behind the TLS terminator a nextLink says https; the floor stays on its plain connection
    let r = url.strip_prefix("http://").or(url.strip_prefix("https://")).expect("http");
    let p = r.find('/').unwrap_or(r.len());
    (r[..p].to_string(), r[p..].to_string())
}
fn field(o: &mut Vec<u8>, s: &str, sep: u8) {
    if s.bytes().any(|b| matches!(b, b',' | b'"' | b'\n' | b'\r')) {
        o.push(b'"');
        for b in s.bytes() {
            if b == b'"' {
                o.push(b'"');
            }
            o.push(b);
        }
        o.push(b'"');
    } else {
        o.extend_from_slice(s.as_bytes());
    }
    o.push(sep);
}
fn main() {
    let mut a = std::env::args().skip(1);
    let mode = a.next().unwrap_or_default();
    if mode == "--version" {
        println!("floor 0");
        return;
    }
    let (mut h, mut path) = Http::new(&a.next().expect("url"));
    let mut out = std::io::stdout().lock();
    let mut o: Vec<u8> = Vec::with_capacity(128 * 1024);
    let mut total = 0usize;
    match mode.as_str() {
        "csv" | "csv-simd" => {
            o.extend_from_slice(HEAD.join(",").as_bytes());
            o.push(b'\n');
        }
        "json" => o.push(b'['),
        _ => {}
    }
    let mut first = true;
    loop {
        let body = h.get(&path);
        let next: Option<String> = match mode.as_str() {
            "drain" => {
                total += body.len();
                let t = &body[body.len().saturating_sub(2048)..];
                memchr::memmem::rfind(t, b"\"@odata.nextLink\":\"").map(|p| {
                    let u = &t[p + 19..];
                    String::from_utf8(u[..memchr::memchr(b'"', u).unwrap()].to_vec()).unwrap()
                })
            }
            "csv" | "csv-simd" | "table" => {
                let p: Page = if mode == "csv-simd" {
                    sonic_rs::from_slice(body).unwrap()
                } else {
                    serde_json::from_slice(body).unwrap()
                };
                if mode == "table" {
                    table(&p, &mut o);
                } else {
                    for r in &p.value {
                        for s in [
                            &r.id,
                            &r.name,
                            &r.customer_profile.name,
                            &r.customer_profile.address.country,
                            &r.status,
                            &r.substatus,
                            &r.typ,
                            &r.direction,
                        ] {
                            field(&mut o, s, b',');
                        }
                        write!(o, "{},", r.details.deal_value).unwrap();
                        field(&mut o, &r.details.currency, b',');
                        field(&mut o, &r.details.closing_date_time, b',');
                        field(&mut o, &r.created_date_time, b'\n');
                    }
                }
                if mode == "table" { None } else { p.next.map(|n| n.into_owned()) }
            }
            "json" | "ndjson" => {
                let p: RawPage = serde_json::from_slice(body).unwrap();
                for v in &p.value {
                    if mode == "json" && !first {
                        o.push(b',');
                    }
                    first = false;
                    o.extend_from_slice(v.get().as_bytes());
                    if mode == "ndjson" {
                        o.push(b'\n');
                    }
                }
                p.next.map(|n| n.into_owned())
            }
            _ => panic!("mode"),
        };
        out.write_all(&o).unwrap();
        o.clear();
        match next {
            Some(n) => path = split(&n).1,
            None => break,
        }
    }
    if mode == "json" {
        out.write_all(b"]\n").unwrap();
    }
    if mode == "drain" {
        writeln!(out, "{total}").unwrap();
    }
}
fn table(p: &Page, o: &mut Vec<u8>) {
    let rows: Vec<[String; 7]> = p
        .value
        .iter()
        .map(|r| {
            [
                r.id.to_string(),
                r.name.to_string(),
                r.customer_profile.name.to_string(),
                r.status.to_string(),
                r.substatus.to_string(),
                format!("{} {}", r.details.deal_value, r.details.currency),
                r.created_date_time.to_string(),
            ]
        })
        .collect();
    let head = ["ID", "NAME", "CUSTOMER", "STATUS", "SUBSTATUS", "VALUE", "CREATED"];
    let w: Vec<usize> = (0..7)
        .map(|i| rows.iter().map(|r| r[i].chars().count()).max().unwrap_or(0).max(head[i].len()))
        .collect();
    for (i, c) in head.iter().enumerate() {
        write!(o, "{:w$}  ", c, w = w[i]).unwrap();
    }
    o.push(b'\n');
    for r in &rows {
        for (i, c) in r.iter().enumerate() {
            write!(o, "{:w$}  ", c, w = w[i]).unwrap();
        }
        o.push(b'\n');
    }
}
