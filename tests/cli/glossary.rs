//! `glossary`: the list of words, one word, and a word that it does not have.

use crate::support::TestEnv;

#[test]
fn all_words_stand_in_a_list_that_goes_through_the_pager() {
    let listed = TestEnv::new().run(&["glossary"]).ok();
    assert_eq!(listed.err, "");
    assert!(listed.lines().len() > 30, "{}", listed.out);
    assert!(listed.lines().iter().all(|line| line.chars().count() <= 80), "{}", listed.out);
    for word in ["pending", "received", "co-sell", "private", "partner-led", "engagement", "lapse"]
    {
        assert_eq!(
            listed.lines().iter().filter(|line| line.starts_with(word)).count(),
            1,
            "{word}"
        );
    }
    let low = TestEnv::new().screen(80, 24);
    assert_eq!(low.run(&["glossary"]).ok().out, "");
    assert_eq!(low.paged()[0].text, listed.out);
    let high = TestEnv::new().screen(80, 100);
    let output = high.run(&["glossary"]).ok();
    assert_eq!(output.out, listed.out);
    assert_eq!(output.err, "`referrals glossary lapse` explains a word\n");
}

#[test]
fn a_word_says_what_it_means_and_what_to_do() {
    let env = TestEnv::new();
    let output = env.run(&["glossary", "LAPSED"]).ok();
    assert_eq!(
        output.out,
        "lapse (also lapsed, lapses, expired, expire, expires, expiry, archived)
  To run out unanswered: status Closed, substatus Expired.
  Partner Center archives the referral at its deadline, tells the sender, and
  hides a lead's contacts. It does not come back. Only administrators are warned
  by mail.
  To do: `referrals expiring --exit-code` in a scheduled job warns the others.
"
    );
    let lead = env.run(&["glossary", "qualified", "lead"]).ok().out;
    assert!(lead.starts_with("qualified lead (also q-lead"), "{lead}");
    assert_eq!(env.run(&["glossary", "q-lead"]).ok().out, lead);
}

#[test]
fn an_unknown_word_is_an_error_with_the_nearest() {
    for (word, hint) in [
        ("dedline", "hint: did you mean `referrals glossary deadline`?"),
        ("microsoft", "hint: did you mean `referrals glossary Microsoft-seller`?"),
        ("xyzzy", "hint: `referrals glossary` lists all words"),
    ] {
        let output = TestEnv::new().run(&["glossary", word]);
        assert_eq!((output.code, output.out.as_str()), (2, ""), "{word}");
        assert!(output.err.contains(&format!("the glossary has no \"{word}\"")), "{}", output.err);
        assert!(output.err.contains(hint), "{}", output.err);
    }
}
