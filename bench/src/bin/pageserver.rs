//! Static loopback page server: N synthetic referrals in pages of P, OData
//! server-driven paging (@odata.nextLink with an opaque, percent-encoded skiptoken).
//! Every byte of every page is prepared before the port is announced, so a request costs
//! one read, one lookup and one vectored write. It binds 127.0.0.1 only and exits by itself
//! after --max-seconds.
use std::fmt::Write as _;
use std::io::{IoSlice, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

struct Rng(u64);
impl Rng {
    fn next(&mut self) -> u64 {
        // splitmix64
        self.0 = self.0.wrapping_add(0x9E3779B97F4A7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58476D1CE4E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D049BB133111EB);
        z ^ (z >> 31)
    }
    fn below(&mut self, n: u64) -> u64 {
        self.next() % n
    }
    fn pick<'a, T: ?Sized>(&mut self, v: &[&'a T]) -> &'a T {
        v[self.below(v.len() as u64) as usize]
    }
    fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }
    fn guid(&mut self) -> String {
        let (a, b) = (self.next(), self.next());
        format!(
            "{:08x}-{:04x}-4{:03x}-a{:03x}-{:012x}",
            a >> 32,
            (a >> 16) & 0xffff,
            a & 0xfff,
            (b >> 52) & 0xfff,
            b & 0xffff_ffff_ffff
        )
    }
}

const COMPANIES: &[&str] = &[
    "Contoso",
    "Fabrikam",
    "Northwind Traders",
    "Adventure Works",
    "Tailspin Toys",
    "Wide World Importers",
    "Litware",
    "Proseware",
    "Fourth Coffee",
    "Graphic Design Institute",
    "Humongous Insurance",
    "Lucerne Publishing",
    "Margie's Travel",
    "School of Fine Art",
    "Southridge Video",
    "Trey Research",
    "VanArsdel",
    "Wingtip Toys",
    "Woodgrove Bank",
    "Alpine Ski House",
    "Blue Yonder Airlines",
    "City Power & Light",
    "Coho Vineyard",
    "株式会社コントソ",
    "Müller & Söhne",
    "Société Générale d'Énergie",
];
const SUFFIX: &[&str] = &[
    "Inc",
    "Ltd",
    "GmbH",
    "S.A.",
    "Corporation",
    "Customer Inc",
    "Holdings, LLC",
    "Group",
    "Pty Ltd",
    "B.V.",
];
const TOPICS: &[&str] = &[
    "Microsoft 365 rollout",
    "Azure landing zone",
    "Dynamics 365 for Field Service",
    "Teams telephony",
    "Security assessment",
    "Data platform modernisation",
    "SAP on Azure",
    "Copilot adoption",
    "Windows 365 pilot",
    "AVD migration",
    "Power Platform CoE",
    "SQL Server end of support",
];
const CITIES: &[(&str, &str, &str, &str, &str)] = &[
    ("Redmond", "WA", "98052", "US", "USD"),
    ("New York", "NY", "10001", "US", "USD"),
    ("München", "BY", "80331", "DE", "EUR"),
    ("London", "", "EC1A 1BB", "GB", "GBP"),
    ("Paris", "", "75001", "FR", "EUR"),
    ("東京", "", "100-0001", "JP", "JPY"),
    ("Sydney", "NSW", "2000", "AU", "AUD"),
    ("São Paulo", "SP", "01310-100", "BR", "BRL"),
    ("Toronto", "ON", "M5H 2N2", "CA", "CAD"),
    ("Bengaluru", "KA", "560001", "IN", "INR"),
    ("Zürich", "ZH", "8001", "CH", "CHF"),
    ("Amsterdam", "", "1012 JS", "NL", "EUR"),
];
const SIZES: &[&str] = &[
    "1to9employees",
    "10to50employees",
    "51to250employees",
    "251to1000employees",
    "1001to5000employees",
    "5001to10000employees",
];
const FIRST: &[&str] = &[
    "Sue", "Joe", "John", "Ana", "Zoë", "Priya", "Wei", "Lars", "Ngozi", "Yuki", "Marta", "Ibrahim",
];
const LAST: &[&str] = &[
    "Smith", "Hansen", "Doe", "García", "O'Neil", "Okafor", "Tanaka", "Müller", "Novák", "Silva",
    "Kowalska", "Haddad",
];
const NOTES: &[&str] = &[
    "We are interested in deploying Microsoft 365 and are looking for support in training our employees. Can you help?",
    "Customer is looking to leverage Dynamics 365 to manage their supply chain.",
    "There is also a need to leverage a set of custom apps to enable their business processes.",
    "The current contract ends this fiscal year; budget has been approved by the board.",
    "Please contact the IT director before reaching out to the \\\"steering committee\\\".",
    "They have three datacentres (on-premises) and expect to close two of them within 18 months.",
    "Wants a fixed-price offer, and a reference customer in the same industry.",
    "Previous partner could not deliver; the customer is sensitive about timelines.\\nFollow up weekly.",
    "Estimated 450 seats of E5, plus Copilot for 60 users in the first wave.",
];
const INDUSTRIES: &[&str] = &[
    "Education",
    "Manufacturing",
    "FinancialServices",
    "Retail",
    "Healthcare",
    "Government",
    "ProfessionalServices",
    "Media",
];
const PRODUCTS: &[&str] = &[
    "Microsoft365",
    "Dynamics365Enterprise",
    "Azure",
    "Windows365",
    "PowerPlatform",
    "SQLServer",
    "Teams",
    "Security",
];
const SERVICES: &[&str] = &[
    "LearningAndCertification",
    "DeploymentOrMigration",
    "Consulting",
    "ManagedServices",
    "ProjectManagement",
    "Integration",
];
const SOLUTIONS: &[(&str, &str)] = &[
    ("SOL-Microsoft365", "Microsoft365"),
    ("Dynamics365forFieldService", "Dynamics 365 for Field Service"),
    ("SOL-AzureMigrate", "Azure Migrate"),
    ("SOL-Sentinel", "Microsoft Sentinel"),
    ("SOL-Fabric", "Microsoft Fabric"),
];

fn date(r: &mut Rng, y0: u64, years: u64) -> String {
    format!(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}",
        y0 + r.below(years),
        1 + r.below(12),
        1 + r.below(28),
        r.below(24),
        r.below(60),
        r.below(60)
    )
}
fn member(o: &mut String, r: &mut Rng, domain: &str) {
    let (f, l) = (r.pick(FIRST), r.pick(LAST));
    let user: String = format!("{f}.{l}")
        .chars()
        .filter(|c| c.is_ascii_alphanumeric() || *c == '.')
        .collect::<String>()
        .to_lowercase();
    let loc = r.pick(&["en-US", "en-us", "de-DE", "ja-JP", "fr-FR"]);
    let _ = write!(
        o,
        r#"{{"contactPreference":{{"locale":"{loc}","disableNotifications":{}}},"firstName":"{f}","lastName":"{l}","phoneNumber":"{}","email":"{user}@{domain}"}}"#,
        r.chance(20),
        1_000_000_000u64 + r.below(8_999_999_999)
    );
}
fn ids(o: &mut String, key: &str, r: &mut Rng, from: &[&str]) {
    let _ = write!(o, r#""{key}":["#);
    for i in 0..1 + r.below(2) {
        if i > 0 {
            o.push(',');
        }
        let _ = write!(o, r#"{{"id":"{}"}}"#, r.pick(from));
    }
    o.push(']');
}
/// One referral as compact JSON; returns whether its status is New.
fn referral(o: &mut String, r: &mut Rng) -> bool {
    let (id, eng, org) = (r.guid(), r.guid(), r.guid());
    let customer = format!("{} {}", r.pick(COMPANIES), r.pick(SUFFIX));
    let (city, state, zip, country, currency) = CITIES[r.below(CITIES.len() as u64) as usize];
    let (status, substatus) = match r.below(10) {
        0..=2 => ("New", r.pick(&["Pending", "Received"])),
        3..=6 => ("Active", r.pick(&["Accepted", "Engaged"])),
        _ => ("Closed", r.pick(&["Won", "Lost", "Declined", "Expired", "Error"])),
    };
    let qual = r.pick(&["Direct", "MarketingQualified", "SalesQualified"]);
    let (typ, dir) = (r.pick(&["Independent", "Shared"]), r.pick(&["Incoming", "Outgoing"]));
    let name = format!("{} for {}", r.pick(TOPICS), customer);
    let (created, updated) = (date(r, 2020, 5), date(r, 2025, 1));
    let _ = write!(
        o,
        r#"{{"id":"{id}","engagementId":"{eng}","organizationId":"{org}","organizationName":"Contoso Company","name":"{name}","#
    );
    if r.chance(60) {
        let _ = write!(o, r#""externalReferenceId":"CRM-{:08}","#, r.below(99_999_999));
    } else {
        o.push_str(r#""externalReferenceId":null,"#);
    }
    let _ = write!(
        o,
        r#""createdDateTime":"{created}.0000000Z","updatedDateTime":"{updated}.{:07}Z","expirationDateTime":"{}Z","status":"{status}","substatus":"{substatus}","#,
        r.below(9_999_999),
        date(r, 2026, 1)
    );
    if status == "Closed" && r.chance(50) {
        o.push_str(r#""statusReason":"Customer chose another vendor, see notes","#);
    } else {
        o.push_str(r#""statusReason":null,"#);
    }
    let _ = write!(
        o,
        r#""qualification":"{qual}","type":"{typ}","direction":"{dir}","customerProfile":{{"name":"{customer}","address":{{"addressLine1":"{} One Microsoft Way","addressLine2":"","city":"{city}","state":"{state}","postalCode":"{zip}","country":"{country}","region":null}},"size":"{}","team":["#,
        1 + r.below(999),
        r.pick(SIZES)
    );
    for i in 0..1 + r.below(2) {
        if i > 0 {
            o.push(',');
        }
        member(o, r, "fabrikam.example");
    }
    // the published samples show both an array and an empty object here
    if r.chance(50) {
        let _ = write!(
            o,
            r#"],"ids":[{{"profileType":"Duns","id":"{:09}"}}]}},"#,
            r.below(999_999_999)
        );
    } else {
        o.push_str(r#"],"ids":{}},"#);
    }
    let _ = write!(
        o,
        r#""consent":{{"consentToToShareInfoWithOthers":{},"consentToContact":true}},"details":{{"notes":""#,
        r.chance(80)
    );
    for i in 0..1 + r.below(3) {
        if i > 0 {
            o.push(' ');
        }
        o.push_str(r.pick(NOTES));
    }
    let cents = r.pick(&["", "", "", "", ".5", ".25", ".75"]);
    let _ = write!(
        o,
        r#"","dealValue":{}{cents},"currency":"{currency}","closingDateTime":"{}Z","requirements":{{"#,
        1000 + 100 * r.below(5000),
        date(r, 2025, 2)
    );
    ids(o, "industries", r, INDUSTRIES);
    o.push(',');
    ids(o, "products", r, PRODUCTS);
    o.push(',');
    ids(o, "services", r, SERVICES);
    let (sid, sname) = SOLUTIONS[r.below(SOLUTIONS.len() as u64) as usize];
    let _ = write!(
        o,
        r#","solutions":[{{"id":"{sid}","name":"{sname}","type":"Category"}}]}}}},"team":["#
    );
    for i in 0..1 + r.below(2) {
        if i > 0 {
            o.push(',');
        }
        member(o, r, "contoso.example");
    }
    let _ = write!(
        o,
        r#"],"inviteContext":{{"notes":"{}","invitedBy":{{"organizationId":"msft","organizationName":"Microsoft"}}}},"favorite":false,"acceptedDateTime":null,"links":{{"relatedReferrals":{{"uri":"https://api.partner.microsoft.com/v1.0/engagements/referrals?$filter=engagementId eq '{eng}'","method":"GET"}},"self":{{"uri":"https://api.partner.microsoft.com/v1.0/engagements/referrals/{id}","method":"GET"}}}},"eTag":"\"{:08x}-0000-0000-0000-{:012x}\""}}"#,
        r.pick(NOTES),
        r.below(0xffff_ffff),
        r.below(0xffff_ffff_ffff)
    );
    status == "New"
}

struct Data {
    items: Vec<u8>,     // "item,item,item,"
    start: Vec<usize>,  // start of each item, plus the end
    new_items: Vec<u8>, // the first page's worth of New items, same layout
    new_start: Vec<usize>,
    head: Vec<u8>,
    tail: Vec<Vec<u8>>, // what follows the items of page i
    gz: Vec<Vec<u8>>,
    link: Vec<String>,
    page: usize,
}
struct Opt {
    delay: Duration,
    handshake: Duration,
    link_header: bool,
}

static REQS: AtomicU64 = AtomicU64::new(0);
static CONNS: AtomicU64 = AtomicU64::new(0);
static GZ: AtomicU64 = AtomicU64::new(0);
static BYTES: AtomicU64 = AtomicU64::new(0);

/// ~260 characters, percent-encoded like the published sample; ends in the page number.
fn token(i: usize) -> String {
    let mut r = Rng(i as u64 ^ 0xABCDEF);
    let al = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    let mut s = String::new();
    for _ in 0..240 {
        match r.below(24) {
            0 => s.push_str("%2f"),
            1 => s.push_str("%2b"),
            k => s.push(al[(k as usize * 7 + r.below(62) as usize) % 62] as char),
        }
    }
    let _ = write!(s, "-{i:06}");
    s
}

fn build(n: usize, page: usize, base: &str, gzip: bool) -> Data {
    let mut r = Rng(20201030);
    let mut s = String::with_capacity(n * 2400 + 4096);
    let mut start = Vec::with_capacity(n + 1);
    let (mut new_items, mut new_start) = (Vec::new(), vec![]);
    for _ in 0..n {
        let at = s.len();
        start.push(at);
        let new = referral(&mut s, &mut r);
        s.push(',');
        if new && new_start.len() < page {
            new_start.push(new_items.len());
            new_items.extend_from_slice(&s.as_bytes()[at..]);
        }
    }
    start.push(s.len());
    new_start.push(new_items.len());
    let pages = n.div_ceil(page).max(1);
    let head = format!(
        r#"{{"@odata.context":"{base}/v1.0/$metadata#Referrals","@odata.count":{n},"value":["#
    )
    .into_bytes();
    let mut d = Data {
        items: s.into_bytes(),
        start,
        new_items,
        new_start,
        head,
        tail: vec![],
        gz: vec![],
        link: vec![],
        page,
    };
    for i in 0..pages {
        if i + 1 < pages {
            let link = format!("{base}/v1.0/engagements/referrals?$skiptoken={}", token(i + 1));
            d.tail.push(format!(r#"],"@odata.nextLink":"{link}"}}"#).into_bytes());
            d.link.push(format!("Link: <{link}>; rel=\"next\"\r\n"));
        } else {
            d.tail.push(b"]}".to_vec());
            d.link.push(String::new());
        }
        if gzip {
            let mut e = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::new(6));
            for part in [&d.head[..], d.slice(i), &d.tail[i][..]] {
                e.write_all(part).unwrap();
            }
            d.gz.push(e.finish().unwrap());
        }
    }
    d
}
impl Data {
    fn slice(&self, i: usize) -> &[u8] {
        let n = self.start.len() - 1;
        let (a, b) = ((i * self.page).min(n), ((i + 1) * self.page).min(n));
        if a == b { &[] } else { &self.items[self.start[a]..self.start[b] - 1] }
    }
}
fn write_all(s: &mut TcpStream, parts: &[&[u8]]) -> std::io::Result<()> {
    BYTES.fetch_add(parts.iter().map(|p| p.len() as u64).sum(), Relaxed);
    let mut v: Vec<IoSlice> = parts.iter().map(|p| IoSlice::new(p)).collect();
    let mut bufs = &mut v[..];
    while !bufs.is_empty() {
        let n = s.write_vectored(bufs)?;
        if n == 0 {
            return Err(std::io::ErrorKind::WriteZero.into());
        }
        IoSlice::advance_slices(&mut bufs, n);
    }
    Ok(())
}
fn find(h: &[u8], n: &[u8]) -> Option<usize> {
    memchr::memmem::find(h, n)
}
fn decode(q: &[u8]) -> Vec<u8> {
    let mut o = Vec::with_capacity(q.len());
    let mut i = 0;
    while i < q.len() {
        if q[i] == b'%' && i + 2 < q.len() {
            if let Ok(v) =
                u8::from_str_radix(std::str::from_utf8(&q[i + 1..i + 3]).unwrap_or("x"), 16)
            {
                o.push(v);
                i += 3;
                continue;
            }
        }
        o.push(if q[i] == b'+' { b' ' } else { q[i] });
        i += 1;
    }
    o
}
fn serve(
    mut s: TcpStream,
    d: Arc<Data>,
    o: Arc<Opt>,
    tokens: Arc<Vec<Vec<u8>>>,
) -> std::io::Result<()> {
    s.set_nodelay(true)?;
    let mut counted = false;
    let mut buf = vec![0u8; 64 * 1024];
    let mut have = 0;
    loop {
        let end = loop {
            if let Some(p) = find(&buf[..have], b"\r\n\r\n") {
                break p + 4;
            }
            if have == buf.len() {
                return Ok(());
            }
            let n = s.read(&mut buf[have..])?;
            if n == 0 {
                return Ok(());
            }
            have += n;
        };
        let req = &buf[..end];
        let line_end = find(req, b"\r\n").unwrap();
        let mut w = req[..line_end].split(|b| *b == b' ');
        let (method, target, version) = (
            w.next().unwrap_or(b""),
            w.next().unwrap_or(b"").to_vec(),
            w.next().unwrap_or(b"").to_vec(),
        );
        let low = req[line_end..].to_ascii_lowercase();
        let ok_method = method == b"GET";
        let auth = find(&low, b"\r\nauthorization:").is_some();
        let gz_ok = !d.gz.is_empty()
            && find(&low, b"\r\naccept-encoding:").is_some_and(|p| {
                let l = &low[p + 2..];
                find(&l[..find(l, b"\r\n").unwrap_or(l.len())], b"gzip").is_some()
            });
        let close = find(&low, b"\r\nconnection: close").is_some() || version == b"HTTP/1.0";
        buf.copy_within(end..have, 0);
        have -= end;
        if target.starts_with(b"/__") {
            if target == b"/__reset" {
                REQS.store(0, Relaxed);
                CONNS.store(0, Relaxed);
                GZ.store(0, Relaxed);
                BYTES.store(0, Relaxed);
            }
            let b = format!(
                "requests={} connections={} gzip={} bytes={}\n",
                REQS.load(Relaxed),
                CONNS.load(Relaxed),
                GZ.load(Relaxed),
                BYTES.load(Relaxed)
            );
            let h = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", b.len());
            write_all(&mut s, &[h.as_bytes(), b.as_bytes()])?;
            if close {
                return Ok(());
            }
            continue;
        }
        if !counted {
            CONNS.fetch_add(1, Relaxed);
            counted = true;
            if !o.handshake.is_zero() {
                std::thread::sleep(o.handshake);
            }
        }
        REQS.fetch_add(1, Relaxed);
        if !o.delay.is_zero() {
            std::thread::sleep(o.delay);
        }
        let q = decode(target.splitn(2, |b| *b == b'?').nth(1).unwrap_or(b""));
        let mut page = 0usize;
        let mut bad = if !ok_method {
            Some("405 Method Not Allowed")
        } else if !auth {
            Some("401 Unauthorized")
        } else {
            None
        };
        if let Some(p) = find(&q, b"skiptoken=") {
            let t = &q[p + 10..];
            let t = &t[..t.iter().position(|b| *b == b'&').unwrap_or(t.len())];
            match t
                .len()
                .checked_sub(6)
                .and_then(|k| std::str::from_utf8(&t[k..]).ok()?.parse::<usize>().ok())
            {
                Some(i) if i < tokens.len() && tokens[i] == t => page = i,
                _ => bad = bad.or(Some("400 Bad Request")), // the opaque token must come back unharmed
            }
        }
        if let Some(st) = bad {
            let b = br#"{"code":"bad","description":"see status"}"#;
            let h = format!(
                "HTTP/1.1 {st}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
                b.len()
            );
            write_all(&mut s, &[h.as_bytes(), b])?;
            if close {
                return Ok(());
            }
            continue;
        }
        let top = find(&q, b"$top=").map(|p| {
            q[p + 5..]
                .iter()
                .take_while(|b| b.is_ascii_digit())
                .fold(0usize, |a, b| a * 10 + (b - b'0') as usize)
        });
        let only_new = find(&q, b"status eq 'New'").is_some();
        let common = "Request-ID: 9f8bed52-e4df-4d0c-9ca6-929a187b0731\r\nContent-Type: application/json; charset=utf-8\r\n";
        let conn = if close { "Connection: close\r\n" } else { "" };
        if only_new || top.is_some() {
            let (bytes, starts) =
                if only_new { (&d.new_items, &d.new_start) } else { (&d.items, &d.start) };
            let k = top.unwrap_or(d.page).min(d.page).min(starts.len() - 1);
            let body = if k == 0 { &[][..] } else { &bytes[..starts[k] - 1] };
            let h = format!(
                "HTTP/1.1 200 OK\r\n{common}{conn}Content-Length: {}\r\n\r\n",
                d.head.len() + body.len() + 2
            );
            write_all(&mut s, &[h.as_bytes(), &d.head, body, b"]}"])?;
        } else if gz_ok {
            GZ.fetch_add(1, Relaxed);
            let link = if o.link_header { d.link[page].as_str() } else { "" };
            let h = format!(
                "HTTP/1.1 200 OK\r\n{common}{conn}{link}Content-Encoding: gzip\r\nContent-Length: {}\r\n\r\n",
                d.gz[page].len()
            );
            write_all(&mut s, &[h.as_bytes(), &d.gz[page]])?;
        } else {
            let body = d.slice(page);
            let link = if o.link_header { d.link[page].as_str() } else { "" };
            let h = format!(
                "HTTP/1.1 200 OK\r\n{common}{conn}{link}Content-Length: {}\r\n\r\n",
                d.head.len() + body.len() + d.tail[page].len()
            );
            write_all(&mut s, &[h.as_bytes(), &d.head, body, &d.tail[page]])?;
        }
        if close {
            return Ok(());
        }
    }
}
fn main() {
    let (
        mut n,
        mut page,
        mut port,
        mut delay,
        mut hs,
        mut gzip,
        mut link,
        mut port_file,
        mut max_s,
        mut dump,
    ) = (10_000usize, 100usize, 0u16, 0u64, 0u64, false, false, None, 1800u64, false);
    let mut base = None;
    let mut a = std::env::args().skip(1);
    while let Some(k) = a.next() {
        let mut v = || {
            a.next().unwrap_or_else(|| {
                eprintln!("{k} needs a value");
                std::process::exit(2)
            })
        };
        match k.as_str() {
            "--n" => n = v().parse().unwrap(),
            "--page" => page = v().parse().unwrap(),
            "--port" => port = v().parse().unwrap(),
            "--delay-ms" => delay = v().parse().unwrap(),
            "--handshake-ms" => hs = v().parse().unwrap(),
            "--port-file" => port_file = Some(v()),
            "--max-seconds" => max_s = v().parse().unwrap(),
            "--base" => base = Some(v()),
            "--gzip" => gzip = true,
            "--link-header" => link = true,
            "--dump" => dump = true,
            _ => {
                eprintln!(
                    "usage: pageserver [--n N] [--page P] [--port 0] [--delay-ms D] [--handshake-ms H] [--gzip] [--link-header] [--base URL] [--port-file F] [--max-seconds S] [--dump]"
                );
                std::process::exit(2)
            }
        }
    }
    let l = TcpListener::bind(("127.0.0.1", port)).expect("bind");
    let port = l.local_addr().unwrap().port();
    let base = base.unwrap_or_else(|| format!("http://127.0.0.1:{port}"));
    let d = Arc::new(build(n, page, &base, gzip));
    if dump {
        // one page on stdout, for looking at
        let mut so = std::io::stdout().lock();
        for p in [&d.head[..], d.slice(0), &d.tail[0][..]] {
            so.write_all(p).unwrap();
        }
        return;
    }
    let tokens: Arc<Vec<Vec<u8>>> =
        Arc::new((0..d.tail.len()).map(|i| decode(token(i).as_bytes())).collect());
    let o = Arc::new(Opt {
        delay: Duration::from_millis(delay),
        handshake: Duration::from_millis(hs),
        link_header: link,
    });
    eprintln!(
        "pageserver: port {port}, {n} referrals, {} pages, {:.1} MB, mean {} B a referral{}",
        d.tail.len(),
        d.items.len() as f64 / 1e6,
        d.items.len() / n.max(1),
        if gzip {
            format!(", gzip {:.1} MB", d.gz.iter().map(|g| g.len()).sum::<usize>() as f64 / 1e6)
        } else {
            String::new()
        }
    );
    if let Some(f) = port_file {
        std::fs::write(f, format!("{port}\n")).unwrap();
    } else {
        println!("{port}");
    }
    std::thread::spawn(move || {
        std::thread::sleep(Duration::from_secs(max_s));
        std::process::exit(0)
    });
    for s in l.incoming().flatten() {
        let (d, o, t) = (d.clone(), o.clone(), tokens.clone());
        std::thread::Builder::new()
            .stack_size(128 * 1024)
            .spawn(move || {
                let _ = serve(s, d, o, t);
            })
            .ok();
    }
}
