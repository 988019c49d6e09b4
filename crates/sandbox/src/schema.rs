//! The properties of a referral and their types (API §3).

/// The declared type of a property, in terms of the OData entity data model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PropertyType {
    /// `Edm.String`; enumerations too, for the API quotes them (API §2.5).
    Text,
    /// An `Edm.String` that holds a GUID; may be compared with a bare GUID too (API §2.5).
    Guid,
    /// `Edm.Boolean`
    Boolean,
    /// `Edm.Decimal`
    Number,
    /// `Edm.DateTimeOffset`
    Instant,
    /// An object with these properties.
    Complex(&'static [Property]),
    /// A collection with elements of this type.
    Collection(&'static PropertyType),
}

/// Name and type.
pub(crate) type Property = (&'static str, PropertyType);

use PropertyType::{Boolean, Collection, Complex, Guid, Instant, Number, Text};

/// A referral's properties, in the order in which the API writes them.
pub(crate) const REFERRAL: &[Property] = &[
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
    ("tags", Collection(&Text)),
    ("acceptedDateTime", Instant),
    ("closedDateTime", Instant),
    ("registrationStatus", Text),
    ("partnerRole", Text),
    ("solutionArea", Text),
    ("solutionPlay", Text),
    ("target", Collection(&Complex(&[("type", Text), ("id", Guid)]))),
    ("customerProfile", Complex(CUSTOMER)),
    ("consent", Complex(CONSENT)),
    ("details", Complex(DETAILS)),
    ("team", Collection(&Complex(MEMBER))),
    ("inviteContext", Complex(INVITE)),
    ("links", Complex(LINKS)),
    ("trackingInfo", Complex(TRACKING)),
    ("registrations", Collection(&Complex(REGISTRATION))),
];

pub(crate) fn find_property(
    properties: &'static [Property],
    name: &str,
) -> Option<&'static Property> {
    properties.iter().find(|(known, _)| *known == name)
}

/// The properties of a complex type or of a collection's elements.
pub(crate) fn nested_properties(kind: PropertyType) -> Option<&'static [Property]> {
    match kind {
        PropertyType::Complex(properties) => Some(properties),
        PropertyType::Collection(element) => nested_properties(*element),
        _ => None,
    }
}

const CUSTOMER: &[Property] = &[
    ("name", Text),
    ("size", Text),
    ("isMatchingComplete", Boolean),
    ("address", Complex(ADDRESS)),
    ("team", Collection(&Complex(MEMBER))),
    ("ids", Collection(&Complex(&[("profileType", Text), ("id", Text)]))),
];

const ADDRESS: &[Property] = &[
    ("addressLine1", Text),
    ("addressLine2", Text),
    ("city", Text),
    ("state", Text),
    ("postalCode", Text),
    ("country", Text),
    ("region", Text),
];

const MEMBER: &[Property] = &[
    ("firstName", Text),
    ("lastName", Text),
    ("phoneNumber", Text),
    ("email", Text),
    ("title", Text),
    ("contactPreference", Complex(&[("locale", Text), ("disableNotifications", Boolean)])),
    ("emailValidationStatus", Text),
    ("phoneValidationStatus", Text),
];

const CONSENT: &[Property] = &[
    ("consentToToShareInfoWithOthers", Boolean),
    ("consentToContact", Boolean),
    ("consentToShareReferralWithMicrosoftSellers", Boolean),
    ("consentToMicrosoftToContactSpecificPartners", Boolean),
];

const DETAILS: &[Property] = &[
    ("notes", Text),
    ("dealValue", Number),
    ("currency", Text),
    ("closingDateTime", Instant),
    ("customerRequestedContact", Boolean),
    ("customerAction", Text),
    ("incentiveLevel", Text),
    ("requirements", Complex(REQUIREMENTS)),
];

const REQUIREMENTS: &[Property] = &[
    ("industries", Collection(&Complex(CODED))),
    ("products", Collection(&Complex(CODED))),
    ("services", Collection(&Complex(CODED))),
    ("solutions", Collection(&Complex(SOLUTION))),
    ("offers", Collection(&Complex(CODED))),
    ("salesPlays", Collection(&Complex(CODED))),
    (
        "additionalRequirements",
        Complex(&[
            ("iot", Complex(IOT)),
            ("attributes", Collection(&Complex(&[("type", Text), ("id", Text)]))),
        ]),
    ),
];

const CODED: &[Property] = &[("id", Text)];

const SOLUTION: &[Property] = &[
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

const IOT: &[Property] = &[
    ("customerLicenseAgreementNumber", Text),
    ("deviceCategory", Text),
    ("siliconType", Text),
    ("azureCertifiedDevice", Boolean),
    ("attachServices", Boolean),
];

const INVITE: &[Property] = &[
    ("notes", Text),
    ("assistanceRequestCode", Text),
    ("invitedMpnId", Text),
    ("invitedBy", Complex(&[("organizationId", Guid), ("organizationName", Text)])),
];

const LINKS: &[Property] = &[("relatedReferrals", Complex(LINK)), ("self", Complex(LINK))];

const LINK: &[Property] = &[("uri", Text), ("method", Text)];

const TRACKING: &[Property] = &[
    ("microsoftMsxId", Text),
    ("microsoftUSFedOpportunityId", Text),
    ("microsoftUSFedLeadId", Text),
    ("migratedPSCDealId", Text),
    ("migratedPSCPartnerDealId", Text),
];

const REGISTRATION: &[Property] = &[
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
    ("solutionDetails", Collection(&Complex(REGISTERED_SOLUTION))),
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

const REGISTERED_SOLUTION: &[Property] = &[
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
