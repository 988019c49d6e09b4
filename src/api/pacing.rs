//! Decides how fast requests follow one another after the API has refused some as too many (429).

use std::time::Duration;

/// The rate after a refusal, as a fraction of the one that was refused.
const SLOWDOWN: f64 = 0.8;

/// Pacing never holds a request back longer than this.
const MAX_INTERVAL: Duration = Duration::from_secs(10);

/// Without a refusal, requests are not held back. All times are those of one monotonic clock.
#[derive(Debug, Default)]
pub struct Pacing {
    /// Between the starts of two requests.
    interval: Duration,
    last: Option<Duration>,
    /// The first request since the last refusal.
    first: Option<Duration>,
    /// The number of requests after it.
    followers: u32,
}

impl Pacing {
    /// How long to wait before the next request.
    pub fn delay(&self, now: Duration) -> Duration {
        self.last
            .map_or(Duration::ZERO, |last| last.saturating_add(self.interval).saturating_sub(now))
    }

    pub fn record_request(&mut self, now: Duration) {
        self.last = Some(now);
        if self.first.is_none() {
            self.first = Some(now);
        } else {
            self.followers = self.followers.saturating_add(1);
        }
    }

    /// Records that the last request was refused as one too many.
    pub fn record_refusal(&mut self) {
        let refused = match (self.first, self.last) {
            (Some(first), Some(last)) if self.followers > 0 => {
                last.saturating_sub(first) / self.followers
            }
            _ => self.interval,
        };
        let slower = refused.max(self.interval).min(MAX_INTERVAL).div_f64(SLOWDOWN);
        self.interval = slower.min(MAX_INTERVAL);
        (self.first, self.followers) = (None, 0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A service that refuses the request after `allowed` in any window of a second. Returns the times at which the
    /// requests were sent, in milliseconds, and the number of refusals. A response takes `latency`, a refusal says
    /// to wait a second.
    fn walk(allowed: usize, latency: u64, requests: usize) -> (Vec<u64>, usize) {
        let mut pacing = Pacing::default();
        let (mut now, mut sent, mut refusals) = (Duration::ZERO, Vec::new(), 0);
        let mut accepted = 0;
        while accepted < requests {
            now += pacing.delay(now);
            pacing.record_request(now);
            sent.push(u64::try_from(now.as_millis()).unwrap());
            let start = now.saturating_sub(Duration::from_secs(1)).as_millis();
            let recent = sent.iter().filter(|&&time| u128::from(time) > start || start == 0);
            now += Duration::from_millis(latency);
            if recent.count() > allowed {
                refusals += 1;
                pacing.record_refusal();
                now += Duration::from_secs(1);
            } else {
                accepted += 1;
            }
        }
        (sent, refusals)
    }

    #[test]
    fn without_a_refusal_nothing_waits() {
        let (sent, refusals) = walk(100, 50, 4);
        assert_eq!((sent, refusals), (vec![0, 50, 100, 150], 0));
    }

    #[test]
    fn after_a_refusal_requests_are_no_faster_than_what_was_refused() {
        let mut pacing = Pacing::default();
        let at = Duration::from_millis;
        for time in [0, 100, 200, 300] {
            assert_eq!(pacing.delay(at(time)), Duration::ZERO, "{time}");
            pacing.record_request(at(time));
        }
        pacing.record_refusal();
        pacing.record_request(at(5_000));
        assert_eq!(pacing.delay(at(5_010)), at(115));
        pacing.record_request(at(5_125));
        assert_eq!(pacing.delay(at(6_000)), Duration::ZERO, "slow already");
        pacing.record_refusal();
        pacing.record_request(at(7_000));
        assert_eq!(pacing.delay(at(7_000)), Duration::from_micros(156_250), "slower again");
    }

    #[test]
    fn a_walk_settles_below_the_limit() {
        let (sent, refusals) = walk(4, 20, 200);
        let last: Vec<u64> = sent[150..].windows(2).map(|pair| pair[1] - pair[0]).collect();
        assert!(refusals <= 15, "{refusals}");
        assert!(last.iter().all(|gap| (250..400).contains(gap)), "{last:?}");
    }

    #[test]
    fn a_refusal_of_the_first_request_says_nothing_about_rates_and_waits_are_bounded() {
        let mut pacing = Pacing::default();
        pacing.record_request(Duration::ZERO);
        pacing.record_refusal();
        assert_eq!(pacing.delay(Duration::ZERO), Duration::ZERO);
        pacing.record_request(Duration::ZERO);
        pacing.record_request(Duration::MAX);
        pacing.record_refusal();
        assert_eq!(pacing.delay(Duration::MAX), Duration::ZERO, "no overflow");
        pacing.record_request(Duration::from_secs(1));
        assert_eq!(pacing.delay(Duration::from_secs(1)), MAX_INTERVAL);
    }
}
