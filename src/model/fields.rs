//! The properties of a referral that this program uses. One that is missing, `null` or of an unexpected kind (API §3) is
//! `None`, a date a [`DateValue`].

use rust_decimal::Decimal;

use super::DateValue;
use super::values::{
    ReadMembers, read_counted_objects, read_date, read_decimal, read_flag, read_object,
    read_objects, read_text, read_word,
};
use super::vocabulary::{Direction, Qualification, ReferralType, Status, Substatus};
use crate::json::{JsonKind, JsonResult, Reader, Text};

/// All but the few that [`super::Referral`] has itself.
#[derive(Clone, Debug, Default)]
pub struct Fields {
    /// The GUID of the deal, which several referrals may share.
    pub engagement_id: Option<Text>,
    pub name: Option<Text>,
    /// The version of the referral, with its quotation marks (API §1.2).
    pub e_tag: Option<Text>,
    /// The partner organisation that this referral belongs to.
    pub organization_id: Option<Text>,
    pub organization_name: Option<Text>,
    /// The id in the partner's CRM.
    pub external_reference_id: Option<Text>,
    /// Use [`super::Deadline`] instead: this is missing from some referrals and present on answered ones.
    pub expiration: DateValue,
    pub accepted: DateValue,
    pub closed: DateValue,
    pub status: Option<Status>,
    /// Whether a status was sent that is no word.
    pub is_status_unreadable: bool,
    /// Details the status.
    pub substatus: Option<Substatus>,
    /// The reason for the status, such as why a deal was lost.
    pub status_reason: Option<Text>,
    /// Whether another party takes part.
    pub referral_type: Option<ReferralType>,
    /// How far the customer's interest is established.
    pub qualification: Option<Qualification>,
    /// Seen from this partner.
    pub direction: Option<Direction>,
    /// Where a lead comes from.
    pub referral_source: Option<Text>,
    /// What the sender of a lead clicked.
    pub call_to_action: Option<Text>,
    /// Microsoft's rating of a lead.
    pub quality: Option<Text>,
    /// A percentage or a word (API §4.5).
    pub sales_stage: Option<Text>,
    pub campaign_id: Option<Text>,
    /// The PartnerID (formerly MPN ID) of the location.
    pub mpn_id: Option<Text>,
    pub customer_profile: CustomerProfile,
    pub details: Details,
    /// The partner's people.
    pub team: Vec<Member>,
    /// Whether an empty list was sent.
    pub is_team_empty: bool,
    pub invite_context: Option<InviteContext>,
    pub tracking_info: TrackingInfo,
}

impl ReadMembers for Fields {
    fn read_member(&mut self, name: &str, reader: &mut Reader<'_>) -> JsonResult<bool> {
        match name {
            "engagementId" => self.engagement_id = read_text(reader)?,
            "name" => self.name = read_text(reader)?,
            "eTag" => self.e_tag = read_text(reader)?,
            "organizationId" => self.organization_id = read_text(reader)?,
            "organizationName" => self.organization_name = read_text(reader)?,
            "externalReferenceId" => self.external_reference_id = read_text(reader)?,
            "expirationDateTime" => self.expiration = read_date(reader)?,
            "acceptedDateTime" => self.accepted = read_date(reader)?,
            "closedDateTime" => self.closed = read_date(reader)?,
            "status" => {
                let kind = reader.peek_kind()?;
                self.status = read_word(reader)?;
                self.is_status_unreadable = !matches!(kind, JsonKind::String | JsonKind::Null);
            }
            "substatus" => self.substatus = read_word(reader)?,
            "statusReason" => self.status_reason = read_text(reader)?,
            "type" => self.referral_type = read_word(reader)?,
            "qualification" => self.qualification = read_word(reader)?,
            "direction" => self.direction = read_word(reader)?,
            "referralSource" => self.referral_source = read_text(reader)?,
            "callToAction" => self.call_to_action = read_text(reader)?,
            "quality" => self.quality = read_text(reader)?,
            "salesStage" => self.sales_stage = read_text(reader)?,
            "campaignId" => self.campaign_id = read_text(reader)?,
            "mpnId" => self.mpn_id = read_text(reader)?,
            "customerProfile" => self.customer_profile = read_object(reader)?.unwrap_or_default(),
            "details" => self.details = read_object(reader)?.unwrap_or_default(),
            "team" => {
                let count;
                (self.team, count) = read_counted_objects(reader)?;
                self.is_team_empty = count == 0;
            }
            "inviteContext" => self.invite_context = read_object(reader)?,
            "trackingInfo" => self.tracking_info = read_object(reader)?.unwrap_or_default(),
            _ => return Ok(false),
        }
        Ok(true)
    }
}

/// API §3.2.
#[derive(Clone, Debug, Default)]
pub struct CustomerProfile {
    /// May contain HTML entities.
    pub name: Option<Text>,
    /// A size class, such as `51to250employees`.
    pub size: Option<Text>,
    pub address: Address,
    pub team: Vec<Member>,
}

impl ReadMembers for CustomerProfile {
    fn read_member(&mut self, name: &str, reader: &mut Reader<'_>) -> JsonResult<bool> {
        match name {
            "name" => self.name = read_text(reader)?,
            "size" => self.size = read_text(reader)?,
            "address" => self.address = read_object(reader)?.unwrap_or_default(),
            "team" => self.team = read_objects(reader)?,
            _ => return Ok(false),
        }
        Ok(true)
    }
}

/// API §3.2.
#[derive(Clone, Debug, Default)]
pub struct Address {
    pub line1: Option<Text>,
    pub line2: Option<Text>,
    pub city: Option<Text>,
    pub state: Option<Text>,
    pub postal_code: Option<Text>,
    /// Usually ISO 3166-1 alpha-2.
    pub country: Option<Text>,
}

impl ReadMembers for Address {
    fn read_member(&mut self, name: &str, reader: &mut Reader<'_>) -> JsonResult<bool> {
        match name {
            "addressLine1" => self.line1 = read_text(reader)?,
            "addressLine2" => self.line2 = read_text(reader)?,
            "city" => self.city = read_text(reader)?,
            "state" => self.state = read_text(reader)?,
            "postalCode" => self.postal_code = read_text(reader)?,
            "country" => self.country = read_text(reader)?,
            _ => return Ok(false),
        }
        Ok(true)
    }
}

/// A person of the partner or of the customer (API §3.2).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Member {
    pub first_name: Option<Text>,
    pub last_name: Option<Text>,
    pub phone_number: Option<Text>,
    pub email: Option<Text>,
    pub title: Option<Text>,
}

impl ReadMembers for Member {
    fn read_member(&mut self, name: &str, reader: &mut Reader<'_>) -> JsonResult<bool> {
        match name {
            "firstName" => self.first_name = read_text(reader)?,
            "lastName" => self.last_name = read_text(reader)?,
            "phoneNumber" => self.phone_number = read_text(reader)?,
            "email" => self.email = read_text(reader)?,
            "title" => self.title = read_text(reader)?,
            _ => return Ok(false),
        }
        Ok(true)
    }
}

impl Member {
    pub fn full_name(&self) -> Option<String> {
        let names: Vec<&str> =
            [&self.first_name, &self.last_name].into_iter().flatten().map(Text::as_str).collect();
        (!names.is_empty()).then(|| names.join(" "))
    }
}

/// API §3.3.
#[derive(Clone, Debug, Default)]
pub struct Details {
    /// On a lead, the customer's message.
    pub notes: Option<Text>,
    pub deal_value: Option<Decimal>,
    /// ISO 4217, in any case.
    pub currency: Option<Text>,
    pub closing: DateValue,
    pub customer_requested_contact: Option<bool>,
    pub requirements: Requirements,
}

impl ReadMembers for Details {
    fn read_member(&mut self, name: &str, reader: &mut Reader<'_>) -> JsonResult<bool> {
        match name {
            "notes" => self.notes = read_text(reader)?,
            "dealValue" => self.deal_value = read_decimal(reader)?,
            "currency" => self.currency = read_text(reader)?,
            "closingDateTime" => self.closing = read_date(reader)?,
            "customerRequestedContact" => self.customer_requested_contact = read_flag(reader)?,
            "requirements" => self.requirements = read_object(reader)?.unwrap_or_default(),
            _ => return Ok(false),
        }
        Ok(true)
    }
}

/// What the customer needs (API §3.3).
#[derive(Clone, Debug, Default)]
pub struct Requirements {
    pub industries: Vec<Solution>,
    pub products: Vec<Solution>,
    pub services: Vec<Solution>,
    /// Solutions of the partner.
    pub solutions: Vec<Solution>,
}

impl ReadMembers for Requirements {
    fn read_member(&mut self, name: &str, reader: &mut Reader<'_>) -> JsonResult<bool> {
        match name {
            "industries" => self.industries = read_objects(reader)?,
            "products" => self.products = read_objects(reader)?,
            "services" => self.services = read_objects(reader)?,
            "solutions" => self.solutions = read_objects(reader)?,
            _ => return Ok(false),
        }
        Ok(true)
    }
}

/// An entry of a list of requirements. Only solutions have names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Solution {
    pub id: Option<Text>,
    pub name: Option<Text>,
}

impl ReadMembers for Solution {
    fn read_member(&mut self, name: &str, reader: &mut Reader<'_>) -> JsonResult<bool> {
        match name {
            "id" => self.id = read_text(reader)?,
            "name" => self.name = read_text(reader)?,
            _ => return Ok(false),
        }
        Ok(true)
    }
}

impl Solution {
    /// The name, else the id.
    pub fn label(&self) -> Option<&str> {
        self.name.as_deref().or(self.id.as_deref())
    }
}

/// Who sent the referral, and why (API §3.5).
#[derive(Clone, Debug, Default)]
pub struct InviteContext {
    pub notes: Option<Text>,
    /// The code of the help that is requested.
    pub assistance_request_code: Option<Text>,
    pub invited_by: Organization,
}

impl ReadMembers for InviteContext {
    fn read_member(&mut self, name: &str, reader: &mut Reader<'_>) -> JsonResult<bool> {
        match name {
            "notes" => self.notes = read_text(reader)?,
            "assistanceRequestCode" => self.assistance_request_code = read_text(reader)?,
            "invitedBy" => self.invited_by = read_object(reader)?.unwrap_or_default(),
            _ => return Ok(false),
        }
        Ok(true)
    }
}

/// A sender of referrals.
#[derive(Clone, Debug, Default)]
pub struct Organization {
    /// `msft` or a GUID.
    pub organization_id: Option<Text>,
    pub organization_name: Option<Text>,
}

impl ReadMembers for Organization {
    fn read_member(&mut self, name: &str, reader: &mut Reader<'_>) -> JsonResult<bool> {
        match name {
            "organizationId" => self.organization_id = read_text(reader)?,
            "organizationName" => self.organization_name = read_text(reader)?,
            _ => return Ok(false),
        }
        Ok(true)
    }
}

/// Ids of the deal in other systems (API §3.1).
#[derive(Clone, Debug, Default)]
pub struct TrackingInfo {
    /// The id in MSX, Microsoft's sales system.
    pub microsoft_msx_id: Option<Text>,
}

impl ReadMembers for TrackingInfo {
    fn read_member(&mut self, name: &str, reader: &mut Reader<'_>) -> JsonResult<bool> {
        match name {
            "microsoftMsxId" => self.microsoft_msx_id = read_text(reader)?,
            _ => return Ok(false),
        }
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Referral;

    #[test]
    fn every_property_is_read_into_a_field_of_its_own() {
        let json = r#"{
            "engagementId":"v01", "name":"v02", "eTag":"v03", "organizationId":"v04", "organizationName":"v05",
            "externalReferenceId":"v06", "status":"v07", "substatus":"v08", "statusReason":"v09", "type":"v10",
            "qualification":"v11", "direction":"v12", "referralSource":"v13", "callToAction":"v14", "quality":"v15",
            "salesStage":"v16", "campaignId":"v17", "mpnId":"v18", "trackingInfo":{"microsoftMsxId":"v19"},
            "customerProfile":{"name":"v20", "size":"v21", "team":[{"firstName":"v22", "lastName":"v23",
                "phoneNumber":"v24", "email":"v25", "title":"v26"}], "address":{"addressLine1":"v27",
                "addressLine2":"v28", "city":"v29", "state":"v30", "postalCode":"v31", "country":"v32"}},
            "details":{"notes":"v33", "currency":"v34", "customerRequestedContact":true,
                "requirements":{"industries":[{"id":"v35"}],
                "products":[{"id":"v36"}], "services":[{"id":"v37"}], "solutions":[{"id":"v38", "name":"v39"}]}},
            "team":[{"email":"v40"}], "inviteContext":{"notes":"v41", "assistanceRequestCode":"v42",
                "invitedBy":{"organizationId":"v43", "organizationName":"v44"}}}"#;
        let referral = Referral::parse(json).unwrap();
        let fields: &Fields = &referral;
        assert_eq!(fields.details.customer_requested_contact, Some(true));
        let debug = format!("{fields:?}");
        for number in 1..=44 {
            let value = format!("v{number:02}");
            assert_eq!(debug.matches(&value).count(), 1, "{value} in {debug}");
        }
    }
}
