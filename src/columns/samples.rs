//! Invented referrals with the API's irregularities, for unit tests.

use jiff::Timestamp;

use crate::model::Referral;

/// The present time in tests with these samples.
pub fn now() -> Timestamp {
    "2026-06-10T20:00:00Z".parse().unwrap()
}

pub fn referral(json: &str) -> Referral {
    Referral::parse(json).unwrap()
}

pub fn all() -> Vec<Referral> {
    [LEAD, INVITATION, ACTIVE, "{}", HOSTILE].map(referral).into()
}

/// An unanswered lead with an entity in the customer's name and without a deal name.
pub const LEAD: &str = r#"{"id":"3b0c6f7e-52b4-4a0f-9a41-7f0c2f6d1a01","engagementId":"a2f4b7d8-1c35-4e6f-8b0e-5d9c31a7e901","createdDateTime":"2026-06-01T09:14:22.1180342Z","updatedDateTime":"2026-06-01T09:14:22.1180342Z","expirationDateTime":"2026-06-15T00:00:00Z","status":"New","substatus":"Pending","qualification":"Direct","type":"Independent","direction":"Incoming","referralSource":"AppSource","callToAction":"ContactMe","quality":"High","customerProfile":{"name":"Fabrikam Oil &amp; Gas","address":{"addressLine1":"12 Harbour Road","city":"Aberdeen","state":null,"postalCode":"AB11 5QN","country":"GB"},"size":"251to1000employees","team":[{"firstName":"Morag","lastName":"O'Neill","phoneNumber":"+44 1224 555 0100","email":"morag.oneill+it@fabrikam.example"}],"ids":{}},"details":{"notes":"We want to move 400 mailboxes and need training for our staff.\nPlease call before Friday.","requirements":{"industries":[{"id":"Power & Utilities"}],"products":[{"id":"Microsoft365"}],"services":[{"id":"DeploymentOrMigration"}]}}}"#;

/// An unanswered co-sell invitation from Microsoft, due within a day.
pub const INVITATION: &str = r#"{"id":"7c91e4d2-08af-4b63-b5d7-1e2f3a4b5c02","engagementId":"d64f0a19-7be2-4c58-9d3a-8f7e6d5c4b02","name":"Northwind ERP on Azure","organizationName":"Contoso Cloud Services","externalReferenceId":null,"createdDateTime":"2026-06-03T22:47:05.902113Z","updatedDateTime":"2026-06-04T06:10:41Z","expirationDateTime":"2026-06-11T00:00:00Z","status":"New","substatus":"Pending","qualification":"SalesQualified","type":"Shared","direction":"Incoming","mpnId":"4012345","customerProfile":{"name":"Northwind Traders GmbH","size":"","address":{"city":"München","country":"DE"},"team":[{"firstName":"Jürgen","lastName":"Groß","phoneNumber":"+49 89 5550 0142","email":"j.gross@northwind.example","title":"CIO"}],"ids":[]},"details":{"notes":"Customer plans to leave its data centre by Q4.","dealValue":185000.50,"currency":"eur","closingDateTime":"2026-09-30T00:00:00Z","requirements":{"products":[{"id":"Azure"},{"id":"DynamicsAX,GP,NAV,SL"}],"solutions":[{"id":"SOL-70412-KLM","name":"Contoso ERP Lift","type":"Name"}]}},"team":[{"firstName":"Ada","lastName":"Lindqvist","phoneNumber":"+49 30 5550 0117","email":"ada.lindqvist@contoso.example"},{"email":"bo@contoso.example"}],"inviteContext":{"notes":"Could you join the customer workshop on 12 June?","assistanceRequestCode":"CustomerTechnicalArchitecture","invitedBy":{"organizationId":"msft","organizationName":""}},"trackingInfo":{"microsoftMsxId":"7-EXAMPLE0042"}}"#;

/// An active outgoing deal; the customer's name has wide characters.
pub const ACTIVE: &str = r#"{"id":"e50d9b36-4c17-4f2a-a8e1-6b7c8d9e0f03","name":"Tailspin Toys: data platform","createdDateTime":"2026-04-22T13:05:10.4000001Z","updatedDateTime":"2026-05-28T08:31:59.1234567Z","expirationDateTime":null,"status":"Active","substatus":"Accepted","type":"Shared","direction":"Outgoing","salesStage":"40","campaignId":"SPRING26","acceptedDateTime":"2026-04-22T13:05:10.3996022Z","customerProfile":{"name":"Tailspin Toys 株式会社","address":{"city":"Tokyo","country":"JP"}},"details":{"dealValue":12000000,"currency":"JPY"}}"#;

/// Escape sequences and formulas, an estimated deadline, a long name.
pub const HOSTILE: &str = r#"{"id":"=cmd|' /C calc'!A0","name":"\u001b]0;owned\u0007👩‍💻 a very long name that goes on and on, é́́ combining, and never seems to end at all","createdDateTime":"2026-06-05T10:00:00Z","status":"New","substatus":"Engaged","customerProfile":{"name":"+Tab\tNew\r\nline\u202eevil","address":{"country":"@US"}},"details":{"notes":"-1+1\u001b[2J\n\u202eend","dealValue":-5,"currency":"USD"}}"#;
