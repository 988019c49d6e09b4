//! The words of the domain, for people: what each means and what to do about it. Facts are from docs/referrals-api.md.

/// A word, as `glossary` and the manual page explain it.
pub(super) struct Entry {
    pub(super) word: &'static str,
    /// Other words for it, separated by commas; plurals and other hyphens need none.
    pub(super) aliases: &'static str,
    /// In one line.
    pub(super) meaning: &'static str,
    pub(super) detail: &'static str,
    /// What to do about it.
    pub(super) advice: &'static str,
}

macro_rules! entries {
    ($($word:literal ($aliases:literal) $meaning:literal $detail:literal $advice:literal)*) => {
        &[$(Entry {
            word: $word, aliases: $aliases, meaning: $meaning, detail: $detail, advice: $advice,
        }),*]
    };
}

/// In alphabetical order.
pub(super) const ENTRIES: &[Entry] = entries! {
    "accepted" ("accept, accepting")
    "You said yes: status Active, substatus Accepted."
    "Accepting ends the deadline and cannot be undone. An accepted referral stays Active until it is won or lost. A deal that \
     you created yourselves is accepted from the start."
    "Keep value, closing date, stage and team up to date; `referrals list --status active` lists them."

    "active" ("open")
    "The status of what was accepted and is not closed."
    "Between New and Closed. It has no deadline to answer any more, even where the API still sends a date."
    "`referrals list --stale 30d` shows what has not moved for a month."

    "answer" ("answering, respond, response")
    "To accept or to decline; the only thing a deadline asks for."
    "Both are done in Partner Center, or from here with `accept` and `decline`, which are off until `allow_writes` is set. \
     Answering fast raises how visible you are when customers search for partners."
    "`referrals pending` lists what waits for one, soonest deadline first; `referrals accept 8f2e6c --dry-run` shows what \
     would be sent; `referrals help answer` is about several at once."

    "campaign" ("campaignId, marketing campaign")
    "The id of your marketing campaign that a deal came from."
    "Optional; you give it when you accept or edit a deal. The API has it as campaignId."
    "Fill it in where you want to know which campaign pays; `referrals list --columns id,customer,campaign` shows it."

    "closed" ("close")
    "The final status: won, lost, declined, expired or error."
    "Nothing about it can be edited any more, except through deal registration."
    "`referrals list --status closed --substatus won` lists one outcome."

    "closing date" ("close date, closing, estimated close date")
    "The day on which the deal is expected to be decided."
    "A forecast by the sellers, not a deadline: nothing lapses on it. It is the same day for every reader, wherever they are."
    "Move it when it has passed: `referrals list --status active --closing-before today`."

    "co-sell" ("co-sell opportunity, opportunity, shared")
    "A deal worked on together with Microsoft or another partner."
    "The sender asks for your help or offers a joint deal, and waits for your answer as with a lead. Sellers of Microsoft \
     whom you invite have 14 days to answer, too. Private and partner-led deals are listed among co-sell opportunities."
    "`referrals pending --kind co-sell`; FROM says who sent it."

    "consent" ("contact consent, customer consent, consent to contact")
    "The customer's or your permission to contact and to share."
    "The API has three: to contact the customer, to share with others, and to share with Microsoft's sellers. Without the last \
     a deal is private."
    "Look before you call or forward: `referrals show 8f2e6c --format json`."

    "CRM id" ("externalReferenceId, external reference, external id")
    "Your own number for the deal, from your CRM system."
    "The API calls it externalReferenceId. It ties the referral to the opportunity in your CRM."
    "Enter it when you accept; `referrals list --columns id,customer,crm_id` shows which have none."

    "deadline" ("due, expiration, expirationDateTime, expiry date")
    "The instant at which an unanswered referral lapses."
    "Currently 14 days after arrival, sometimes less; midnight UTC, which is the afternoon or evening before in America. Tables tell the \
     last day to answer in your time zone, and within 24 hours the time. Only what is New has one."
    "`referrals expiring --within 3d` lists what lapses next."

    "deal value" ("value, amount, estimated value, money")
    "What the deal is expected to be worth, in its own currency."
    "A guess by the sellers; leads have none until they are accepted. Amounts of different currencies are never added up or compared."
    "`referrals list --currency EUR --sort value` ranks one currency."

    "declined" ("decline, declining, rejected")
    "You said no: status Closed, substatus Declined."
    "The sender is told. It takes a reason and cannot be undone."
    "Better than to let it lapse: the sender knows, and can ask somebody else."

    "direction" ("incoming, outgoing, inbound, outbound")
    "Incoming: sent to you. Outgoing: sent by you."
    "Only what is incoming waits for your answer. A deal of your own can be incoming too, so that FROM says more."
    "`referrals list --incoming`, or `referrals list --outgoing`."

    "engagement" ("engagementId")
    "The deal itself; each party in it holds its own referral."
    "Microsoft's copy, yours and another partner's have the same engagement id and each its own state."
    "`list --engagement ID` lists those that you can see."

    "error" ("closed as error")
    "Closed because it should not exist: a duplicate, a test."
    "Set in Partner Center or by its bulk upload. Microsoft's own figures leave it out."
    "`list --substatus error` lists them."

    "estimate" ("estimated, tilde")
    "A deadline marked ~, because the API gave none."
    "It is the day of creation (UTC) plus 14 days: the early reading of the usual time. The real deadline may still be earlier."
    "Answer before it, and look in Partner Center when it is close."

    "kind" ("type, qualification, deal type")
    "Lead, qualified lead, co-sell opportunity, or other."
    "Worked out from the API's type, qualification and sender, because no property says it."
    "`referrals list --kind lead,qualified-lead` keeps some of them."

    "lapse" ("lapsed, lapses, expired, expire, expires, expiry, archived")
    "To run out unanswered: status Closed, substatus Expired."
    "Partner Center archives the referral at its deadline, tells the sender, and hides a lead's contacts. It does not come back. Only \
     administrators are warned by mail."
    "`referrals expiring --exit-code` in a scheduled job warns the others."

    "lead" ("marketplace lead, direct")
    "A customer who asked for you in a Microsoft marketplace."
    "It comes from AppSource, the Azure Marketplace or your profile, and has no value and mostly no team until it is accepted. \
     In Partner Center, leads are shown to a Referrals admin with global scope alone."
    "Call soon: Partner Center marks who asked to be contacted for 72 hours. `referrals pending --kind lead`."

    "lost" ("loss")
    "Accepted, but the deal did not come off: Closed, Lost."
    "Final; it takes a reason, such as budget, time or another vendor."
    "`referrals list --substatus lost --columns id,customer,status_reason` shows why."

    "Microsoft seller" ("microsoft team, msft, account team")
    "A person at Microsoft who works on a shared deal."
    "May be on the team of a deal. Microsoft has its own copy with a state of its own, which this program does not show."
    "Ask them through the notes of the deal in Partner Center."

    "no answer needed" ("get it now, free trial, test drive, informational")
    "A lead for your information alone; it never lapses."
    "Leads from Get it now, Free trial and Test drive stay for six months. They count in no rate and no alarm."
    "Contact the customer if you like; nothing has to be accepted."

    "overdue" ("late")
    "Past its deadline and still New; about to be archived."
    "It was not archived yet when the API was asked; whether an answer still counts is not documented."
    "Answer at once: `referrals expiring --within 0d` lists them."

    "partner id" ("MPN, mpnId, location")
    "The number of the location of your company that it is for."
    "Formerly MPN ID. An administrator of one location sees only the referrals of that one."
    "`referrals list --columns id,customer,partner_id` shows it."

    "partner-led" ("")
    "Your own deal that Microsoft sees; you ask for no help."
    "You created it and drive it; it needs nobody's answer."
    "Keep it up to date, and close it as won or lost."

    "pending" ("new")
    "Waiting for your answer: status New, substatus Pending."
    "What `referrals pending` lists is a little more: everything incoming and New, also Received."
    "Accept or decline before the deadline."

    "private" ("private deal")
    "Your own deal that nobody but you sees."
    "Not shared with Microsoft. It is listed among co-sell opportunities all the same."
    "Nothing to answer; close it as won or lost."

    "qualified lead" ("q-lead, SalesQualified, MarketingQualified")
    "A lead that Microsoft has checked before it sent it."
    "By its sellers (SalesQualified) or its marketing (MarketingQualified). It waits for your answer like any other."
    "Answer it first: `referrals pending --kind qualified-lead`."

    "received" ("receipt")
    "Delivered to you and not answered: New, substatus Received."
    "Microsoft does not say how it differs from Pending. It counts as waiting, because one too many is better than one lost."
    "Answer it as you would a pending one."

    "referral" ("")
    "A lead or a deal that is sent through Partner Center."
    "One row here, with its own id. Several can belong to one deal, the engagement."
    "`referrals show 8f2e6c` shows one in full."

    "Referrals admin" ("role, Referrals user, permission, administrator")
    "The role that sees every referral; a user sees their own."
    "A Referrals user sees only those whose team includes them, a Referrals admin all of the company or of a location."
    "If a listing is empty that should not be, ask for the role in Partner Center."

    "sender" ("from, invitedBy, inviter")
    "Who sent the referral: Microsoft or another partner."
    "FROM in tables; the customer is somebody else. The sender is told of your answer, and of your silence."
    "`referrals list --columns id,customer,from` shows it."

    "short id" ("id, ref, reference, referral id")
    "The first characters of a referral's id, as tables show it."
    "Six or more, until it is unique among those shown. Where REF is asked for, a short id, a whole one, an address of the portal, \
     or a part of the customer's or the deal's name will do."
    "`referrals show 8f2e6c`."

    "solution" ("product, offer")
    "What is to be sold: yours or Microsoft's product or service."
    "A deal names one or several, most by an id such as SOL-12345-ABC."
    "`referrals list --columns id,customer,solutions` shows them."

    "stage" ("salesStage, pipeline")
    "How far an accepted deal is, in per cent."
    "10 accepted, 20 qualified, 40 developed, 60 proposed, 80 negotiated, 100 won. The API also sends words."
    "Move it along in Partner Center; `referrals list --columns id,customer,sales_stage` shows it."

    "stale" ("inactive, idle, unchanged")
    "Open and not changed for a while, usually for 30 days."
    "Neither closed nor touched: no change of value, stage, date, team or notes."
    "Update or close it: `referrals list --stale 30d`."

    "status" ("substatus, state")
    "Where a referral stands: New, Active or Closed."
    "The substatus says more: Pending or Received while New; Accepted while Active; Won, Lost, Declined, Expired or Error once Closed. \
     Tables show one word of both."
    "`referrals list --status new,active` keeps some of them."

    "team" ("seller, owner, mine, me")
    "The people on your side of a deal; SELLER in tables."
    "A Referrals user sees only what they are on the team of. Leads have no team until they are accepted."
    "`referrals pending --mine`, or `referrals pending --seller none` for what nobody has."

    "waiting" ("unanswered, open question, to do")
    "Incoming and New: it needs your answer, and can lapse."
    "Pending and Received alike; what needs no answer is listed with it and marked."
    "`referrals pending`."

    "won" ("win")
    "The deal came off: status Closed, substatus Won."
    "Final. A deal that is to be registered should be at least 72 hours old before it is marked as won."
    "Check value and closing date first; afterwards nothing can be edited."
};
