//! What properties a referral has and of which type (API §3).
//! Says nothing of values, and knows no query.

/// The declared type of a property.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Any string, enumerations included: the API quotes them (API §2.5).
    Text,
    /// A string that is usually a GUID; compares with a string and with a bare GUID (API §2.5).
    Guid,
    /// `true` or `false`.
    Boolean,
    /// A decimal number.
    Number,
    /// Edm.DateTimeOffset.
    Instant,
    /// An object with these properties.
    Complex(&'static [Field]),
    /// A collection of these.
    Many(&'static Kind),
}

/// A property and its type.
pub(crate) type Field = (&'static str, Kind);

use Kind::{Boolean, Complex, Guid, Instant, Many, Number, Text};

/// A referral's properties, in the order in which the API writes them.
pub(crate) const REFERRAL: &[Field] = &[
    ("id", Guid),
    ("engagementId", Guid),
    ("name", Text),
    ("organizationId", Guid),
    ("organizationName", Text),
    ("lastModifiedVia", Text),
    ("lastRunId", Text),
    ("externalReferenceId", Text),
    ("createdDateTime", Instant),
    ("updatedDateTime", Instant),
    ("expirationDateTime", Instant),
    ("status", Text),
    ("substatus", Text),
    ("statusReason", Text),
    ("qualification", Text),
    ("type", Text),
    ("referralSource", Text),
    ("callToAction", Text),
    ("eTag", Text),
    ("favorite", Boolean),
    ("campaignId", Text),
    ("salesStage", Text),
    ("quality", Text),
    ("isSpam", Boolean),
    ("direction", Text),
    ("mpnId", Text),
    ("referralProgram", Text),
    ("dealSensitivity", Text),
    ("createdVia", Text),
    ("tags", Many(&Text)),
    ("acceptedDateTime", Instant),
    ("closedDateTime", Instant),
    ("registrationStatus", Text),
    ("partnerRole", Text),
    ("solutionArea", Text),
    ("solutionPlay", Text),
    ("target", Many(&Complex(&[("type", Text), ("id", Guid)]))),
    ("customerProfile", Complex(CUSTOMER)),
    ("consent", Complex(CONSENT)),
    ("details", Complex(DETAILS)),
    ("team", Many(&Complex(MEMBER))),
    ("inviteContext", Complex(INVITE)),
    ("links", Complex(LINKS)),
    ("trackingInfo", Complex(TRACKING)),
    ("registrations", Many(&Complex(REGISTRATION))),
];

/// The type of `name` among `fields`, with the name as the table spells it.
pub(crate) fn field(fields: &'static [Field], name: &str) -> Option<&'static Field> {
    fields.iter().find(|(known, _)| *known == name)
}

const CUSTOMER: &[Field] = &[
    ("name", Text),
    ("size", Text),
    ("isMatchingComplete", Boolean),
    ("address", Complex(ADDRESS)),
    ("team", Many(&Complex(MEMBER))),
    ("ids", Many(&Complex(&[("profileType", Text), ("id", Text)]))),
];

const ADDRESS: &[Field] = &[
    ("addressLine1", Text),
    ("addressLine2", Text),
    ("city", Text),
    ("state", Text),
    ("postalCode", Text),
    ("country", Text),
    ("region", Text),
];

const MEMBER: &[Field] = &[
    ("firstName", Text),
    ("lastName", Text),
    ("phoneNumber", Text),
    ("email", Text),
    ("title", Text),
    ("contactPreference", Complex(&[("locale", Text), ("disableNotifications", Boolean)])),
    ("emailValidationStatus", Text),
    ("phoneValidationStatus", Text),
];

const CONSENT: &[Field] = &[
    ("consentToToShareInfoWithOthers", Boolean),
    ("consentToContact", Boolean),
    ("consentToShareReferralWithMicrosoftSellers", Boolean),
    ("consentToMicrosoftToContactSpecificPartners", Boolean),
];

const DETAILS: &[Field] = &[
    ("notes", Text),
    ("dealValue", Number),
    ("currency", Text),
    ("closingDateTime", Instant),
    ("customerRequestedContact", Boolean),
    ("customerAction", Text),
    ("incentiveLevel", Text),
    ("requirements", Complex(REQUIREMENTS)),
];

const REQUIREMENTS: &[Field] = &[
    ("industries", Many(&Complex(CODED))),
    ("products", Many(&Complex(CODED))),
    ("services", Many(&Complex(CODED))),
    ("solutions", Many(&Complex(SOLUTION))),
    ("offers", Many(&Complex(CODED))),
    ("salesPlays", Many(&Complex(CODED))),
    (
        "additionalRequirements",
        Complex(&[
            ("iot", Complex(IOT)),
            ("attributes", Many(&Complex(&[("type", Text), ("id", Text)]))),
        ]),
    ),
];

const CODED: &[Field] = &[("id", Text)];

const SOLUTION: &[Field] = &[
    ("id", Guid),
    ("name", Text),
    ("type", Text),
    ("price", Number),
    ("quantity", Number),
    ("currency", Text),
    ("publisherName", Text),
    ("solutionType", Text),
    ("closingDateTime", Instant),
];

const IOT: &[Field] = &[
    ("customerLicenseAgreementNumber", Text),
    ("deviceCategory", Text),
    ("siliconType", Text),
    ("azureCertifiedDevice", Boolean),
    ("attachServices", Boolean),
];

const INVITE: &[Field] = &[
    ("notes", Text),
    ("assistanceRequestCode", Text),
    ("invitedMpnId", Text),
    ("invitedBy", Complex(&[("organizationId", Guid), ("organizationName", Text)])),
];

const LINKS: &[Field] = &[("relatedReferrals", Complex(LINK)), ("self", Complex(LINK))];

const LINK: &[Field] = &[("uri", Text), ("method", Text)];

const TRACKING: &[Field] = &[
    ("microsoftMsxId", Text),
    ("microsoftUSFedOpportunityId", Text),
    ("microsoftUSFedLeadId", Text),
    ("migratedPSCDealId", Text),
    ("migratedPSCPartnerDealId", Text),
];

const REGISTRATION: &[Field] = &[
    ("id", Guid),
    ("type", Text),
    ("registrationDateTime", Instant),
    ("status", Text),
    ("statusReason", Text),
    (
        "contract",
        Complex(&[
            ("value", Number),
            ("currency", Text),
            ("startDateTime", Instant),
            ("endDateTime", Instant),
            ("signDateTime", Instant),
            ("term", Text),
        ]),
    ),
    ("solutionDetails", Many(&Complex(REGISTERED_SOLUTION))),
    (
        "statusHistory",
        Complex(&[
            ("reviewPendingDateTime", Instant),
            ("actionRequiredDateTime", Instant),
            ("passedDateTime", Instant),
            ("failedDateTime", Instant),
            ("approvedDateTime", Instant),
        ]),
    ),
];

const REGISTERED_SOLUTION: &[Field] = &[
    ("id", Guid),
    ("name", Text),
    ("value", Number),
    ("currency", Text),
    ("isDeployedOnAzure", Boolean),
    ("primaryDeploymentOn", Text),
    ("pricingModel", Text),
    (
        "marketplaceTransactionDetails",
        Complex(&[
            ("isMarketplaceTransacted", Boolean),
            ("marketplaceTransactionDateTime", Instant),
        ]),
    ),
];
