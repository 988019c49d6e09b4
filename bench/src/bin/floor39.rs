//! The floor for our own CSV: 39 columns, raw TCP, sonic-rs (or serde_json) borrowed, hand-written output.
use serde::Deserialize;
use std::borrow::Cow;
use std::io::{Read, Write};
use std::net::TcpStream;
type S<'a> = Option<Cow<'a, str>>;
#[derive(Deserialize)]
struct Page<'a> {
    #[serde(borrow)]
    value: Vec<R<'a>>,
    #[serde(rename = "@odata.nextLink", borrow, default)]
    next: S<'a>,
}
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct R<'a> {
    #[serde(borrow, default)]
    id: S<'a>,
    #[serde(borrow, default)]
    engagement_id: S<'a>,
    #[serde(borrow, default)]
    name: S<'a>,
    #[serde(borrow, default)]
    organization_id: S<'a>,
    #[serde(borrow, default)]
    organization_name: S<'a>,
    #[serde(borrow, default)]
    external_reference_id: S<'a>,
    #[serde(borrow, default)]
    created_date_time: S<'a>,
    #[serde(borrow, default)]
    updated_date_time: S<'a>,
    #[serde(borrow, default)]
    expiration_date_time: S<'a>,
    #[serde(borrow, default)]
    accepted_date_time: S<'a>,
    #[serde(borrow, default)]
    closed_date_time: S<'a>,
    #[serde(borrow, default)]
    status: S<'a>,
    #[serde(borrow, default)]
    substatus: S<'a>,
    #[serde(borrow, default)]
    status_reason: S<'a>,
    #[serde(rename = "type", borrow, default)]
    typ: S<'a>,
    #[serde(borrow, default)]
    qualification: S<'a>,
    #[serde(borrow, default)]
    direction: S<'a>,
    #[serde(borrow, default)]
    referral_source: S<'a>,
    #[serde(borrow, default)]
    call_to_action: S<'a>,
    #[serde(borrow, default)]
    quality: S<'a>,
    #[serde(borrow, default)]
    sales_stage: S<'a>,
    #[serde(borrow, default)]
    campaign_id: S<'a>,
    #[serde(borrow, default)]
    mpn_id: S<'a>,
    #[serde(borrow)]
    customer_profile: Cust<'a>,
    #[serde(borrow)]
    details: Det<'a>,
    #[serde(borrow, default)]
    team: Vec<M<'a>>,
    #[serde(borrow, default)]
    invite_context: Option<Inv<'a>>,
}
#[derive(Deserialize)]
struct Cust<'a> {
    #[serde(borrow, default)]
    name: S<'a>,
    #[serde(borrow)]
    address: Addr<'a>,
    #[serde(borrow, default)]
    team: Vec<M<'a>>,
}
#[derive(Deserialize)]
struct Addr<'a> {
    #[serde(borrow, default)]
    city: S<'a>,
    #[serde(borrow, default)]
    country: S<'a>,
}
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct M<'a> {
    #[serde(borrow, default)]
    first_name: S<'a>,
    #[serde(borrow, default)]
    last_name: S<'a>,
    #[serde(borrow, default)]
    phone_number: S<'a>,
    #[serde(borrow, default)]
    email: S<'a>,
}
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Det<'a> {
    #[serde(borrow, default)]
    notes: S<'a>,
    deal_value: f64,
    #[serde(borrow, default)]
    currency: S<'a>,
    #[serde(borrow, default)]
    closing_date_time: S<'a>,
    #[serde(borrow)]
    requirements: Req<'a>,
}
#[derive(Deserialize)]
struct Req<'a> {
    #[serde(borrow, default)]
    products: Vec<Sol<'a>>,
    #[serde(borrow, default)]
    solutions: Vec<Sol<'a>>,
}
#[derive(Deserialize)]
struct Sol<'a> {
    #[serde(borrow, default)]
    id: S<'a>,
    #[serde(borrow, default)]
    name: S<'a>,
}
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Inv<'a> {
    #[serde(borrow)]
    invited_by: Org<'a>,
}
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Org<'a> {
    #[serde(borrow, default)]
    organization_id: S<'a>,
    #[serde(borrow, default)]
    organization_name: S<'a>,
}
struct Http {
    s: TcpStream,
    host: String,
    token: String,
    buf: Vec<u8>,
}
impl Http {
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
    let r = url.strip_prefix("http://").or(url.strip_prefix("https://")).unwrap();
    let p = r.find('/').unwrap();
    (r[..p].into(), r[p..].into())
}
fn raw(o: &mut Vec<u8>, s: &str) {
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
}
fn f(o: &mut Vec<u8>, s: &S) {
    f2(o, s.as_deref())
}
fn f2(o: &mut Vec<u8>, s: Option<&str>) {
    if let Some(s) = s {
        if !s.trim().is_empty() {
            if memchr::memchr(b'&', s.as_bytes()).is_some() {
                let t = s.replace("&amp;", "&");
                raw(o, &t);
            } else if s.starts_with(['=', '+', '-', '@']) {
                raw(o, &format!("'{s}"));
            } else {
                raw(o, s);
            }
        }
    }
    o.push(b',');
}
fn time(o: &mut Vec<u8>, s: &S) {
    if let Some(s) = s.as_deref() {
        let t = s.strip_suffix('Z').unwrap_or(s);
        let t = if t.contains('.') { t.trim_end_matches('0').trim_end_matches('.') } else { t };
        o.extend_from_slice(t.as_bytes());
        o.push(b'Z');
    }
    o.push(b',');
}
fn main() {
    let mut a = std::env::args().skip(1);
    let mode = a.next().unwrap();
    let (host, mut path) = split(&a.next().unwrap());
    let s = TcpStream::connect(&host).unwrap();
    s.set_nodelay(true).unwrap();
    let mut h = Http { s, host, token: "x".into(), buf: vec![0; 256 * 1024] };
    let mut out = std::io::stdout().lock();
    let mut o: Vec<u8> = Vec::with_capacity(128 * 1024);
    o.extend_from_slice(b"id,engagement,name,customer,city,country,status,substatus,status_reason,kind,type,qualification,direction,from,deadline,deadline_estimated,created,updated,accepted,closed,value,currency,closing,sellers,contact,contact_email,contact_phone,products,solutions,source,call_to_action,quality,sales_stage,campaign,crm_id,partner_id,msx_id,organization,notes\r\n");
    let mut j = String::new();
    loop {
        let body = h.get(&path);
        let p: Page = if mode == "simd" {
            sonic_rs::from_slice(body).unwrap()
        } else {
            serde_json::from_slice(body).unwrap()
        };
        for r in &p.value {
            f(&mut o, &r.id);
            f(&mut o, &r.engagement_id);
            f(&mut o, &r.name);
            f(&mut o, &r.customer_profile.name);
            f(&mut o, &r.customer_profile.address.city);
            f(&mut o, &r.customer_profile.address.country);
            f(&mut o, &r.status);
            f(&mut o, &r.substatus);
            f(&mut o, &r.status_reason);
            let by =
                r.invite_context.as_ref().and_then(|i| i.invited_by.organization_id.as_deref());
            let ms = by.is_some_and(|b| b.eq_ignore_ascii_case("msft"));
            let kind =
                match (r.typ.as_deref().unwrap_or(""), r.qualification.as_deref().unwrap_or("")) {
                    ("Shared", _) => "co-sell",
                    ("Independent", "Direct") if ms || by.is_none() => "lead",
                    ("Independent", "SalesQualified" | "MarketingQualified") if ms => {
                        "qualified-lead"
                    }
                    ("Independent", "SalesQualified" | "None") if by.is_some() && !ms => "co-sell",
                    _ => "other",
                };
            f2(&mut o, Some(kind));
            f(&mut o, &r.typ);
            f(&mut o, &r.qualification);
            f(&mut o, &r.direction);
            f2(
                &mut o,
                r.invite_context.as_ref().and_then(|i| i.invited_by.organization_name.as_deref()),
            );
            if r.status.as_deref() == Some("New") {
                time(&mut o, &r.expiration_date_time);
                o.extend_from_slice(b"false,");
            } else {
                o.extend_from_slice(b",,");
            }
            time(&mut o, &r.created_date_time);
            time(&mut o, &r.updated_date_time);
            time(&mut o, &r.accepted_date_time);
            time(&mut o, &r.closed_date_time);
            write!(o, "{},", r.details.deal_value).unwrap();
            f(&mut o, &r.details.currency);
            time(&mut o, &r.details.closing_date_time);
            let mut list = |o: &mut Vec<u8>, it: &mut dyn Iterator<Item = &str>| {
                j.clear();
                for x in it {
                    if !j.is_empty() {
                        j.push_str("; ");
                    }
                    j.push_str(x);
                }
                f2(o, Some(&j));
            };
            list(&mut o, &mut r.team.iter().filter_map(|m| m.email.as_deref()));
            let c = r.customer_profile.team.first();
            let name = c.map(|c| {
                [c.first_name.as_deref(), c.last_name.as_deref()]
                    .into_iter()
                    .flatten()
                    .collect::<Vec<_>>()
                    .join(" ")
            });
            f2(&mut o, name.as_deref());
            f2(&mut o, c.and_then(|c| c.email.as_deref()));
            f2(&mut o, c.and_then(|c| c.phone_number.as_deref()));
            list(
                &mut o,
                &mut r
                    .details
                    .requirements
                    .products
                    .iter()
                    .filter_map(|s| s.name.as_deref().or(s.id.as_deref())),
            );
            list(
                &mut o,
                &mut r
                    .details
                    .requirements
                    .solutions
                    .iter()
                    .filter_map(|s| s.name.as_deref().or(s.id.as_deref())),
            );
            f(&mut o, &r.referral_source);
            f(&mut o, &r.call_to_action);
            f(&mut o, &r.quality);
            f(&mut o, &r.sales_stage);
            f(&mut o, &r.campaign_id);
            f(&mut o, &r.external_reference_id);
            f(&mut o, &r.mpn_id);
            o.push(b',');
            f(
                &mut o,
                if r.organization_name.is_some() {
                    &r.organization_name
                } else {
                    &r.organization_id
                },
            );
            f(&mut o, &r.details.notes);
            o.pop();
            o.extend_from_slice(b"\r\n");
        }
        let next = p.next.map(|n| n.into_owned());
        out.write_all(&o).unwrap();
        o.clear();
        match next {
            Some(n) => path = split(&n).1,
            None => break,
        }
    }
}
