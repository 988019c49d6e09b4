//! Fictional customers, partners, colleagues and projects; every address ends in `.example`.

pub(crate) struct Customer {
    pub(crate) name: &'static str,
    /// For the names of deals.
    pub(crate) short_name: &'static str,
    /// First and last name.
    pub(crate) contact: (&'static str, &'static str),
    pub(crate) email: &'static str,
    pub(crate) phone: &'static str,
    /// Line, city and postal code.
    pub(crate) address: (&'static str, &'static str, &'static str),
    pub(crate) country: &'static str,
    pub(crate) locale: &'static str,
    pub(crate) currency: &'static str,
}

pub(crate) struct Project {
    pub(crate) title: &'static str,
    pub(crate) product: &'static str,
    pub(crate) service: &'static str,
    pub(crate) industry: &'static str,
    /// What the customer writes in a lead.
    pub(crate) customer_notes: &'static str,
    /// What a seller writes in a deal.
    pub(crate) seller_notes: &'static str,
}

/// First name, last name, e-mail, telephone, locale.
pub(crate) type Colleague = (&'static str, &'static str, &'static str, &'static str, &'static str);

macro_rules! customers {
    ($($name:literal $short:literal $first:literal $last:literal $email:literal $phone:literal
       $line:literal $city:literal $postal:literal $country:literal $locale:literal $currency:literal;)*) => {
        &[$(Customer {
            name: $name, short_name: $short, contact: ($first, $last), email: $email, phone: $phone,
            address: ($line, $city, $postal), country: $country, locale: $locale, currency: $currency,
        }),*]
    };
}

/// The first rows of every list have the first customers in this order. Between them the names have
/// wide and right-to-left characters, emoji, HTML entities, quotes and percent signs.
pub(crate) const CUSTOMERS: &[Customer] = customers![
    "Northwind Traders GmbH" "Northwind" "Jürgen" "Groß" "j.gross@northwind.example" "+49 89 5550 0142" "Lindenallee 7" "München" "80331" "DE" "de-DE" "EUR";
    "Tailspin Toys 株式会社" "Tailspin Toys" "健" "佐藤" "ken.sato@tailspin.example" "+81 3 5550 0199" "1-2-3 Minato" "東京" "108-0075" "JP" "ja-JP" "JPY";
    "Fabrikam Oil &amp; Gas" "Fabrikam" "Morag" "O'Neill" "morag.oneill+it@fabrikam.example" "+44 1224 555 0100" "12 Harbour Road" "Aberdeen" "AB11 5QN" "GB" "en-GB" "GBP";
    "Adventure Works Cycles" "Adventure Works" "Maria" "Lopez" "maria.lopez@adventure-works.example" "+1 206 555 0117" "400 Pine Street" "Seattle" "98101" "US" "en-US" "USD";
    "Wide World Importers" "Wide World" "Priya" "Raman" "priya@wideworld.example" "+1 312 555 0162" "77 Lakeshore Drive" "Chicago" "60601" "US" "en-US" "USD";
    "A. Datum Corporation" "A. Datum" "Sven" "Ågren" "sven.agren@adatum.example" "+46 8 555 010 22" "Sjögatan 4" "Malmö" "211 11" "SE" "sv-SE" "SEK";
    "City Power & Light" "City Power" "Denise" "Okafor" "denise.okafor@citypower.example" "+1 404 555 0188" "9 Peach Row" "Atlanta" "30303" "US" "en-US" "USD";
    "Alpine Ski House AG" "Alpine Ski House" "Urs" "Zürcher" "urs@alpineskihouse.example" "+41 44 555 01 31" "Bahnhofplatz 3" "Zürich" "8001" "CH" "de-CH" "CHF";
    "Coho Winery 🍷" "Coho Winery" "Chloé" "Béranger" "chloe@cohowinery.example" "+33 5 55 50 01 14" "18 quai des Vignes" "Bordeaux" "33000" "FR" "fr-FR" "EUR";
    "O'Neill & Sons Ltd" "O'Neill & Sons" "Siobhán" "O'Neill" "siobhan@oneill-sons.example" "+353 1 555 0170" "3 Quay Street" "Galway" "H91 X2P4" "IE" "en-IE" "EUR";
    "קונטוסו שירותי ענן" "קונטוסו" "נועה" "לוי" "noa.levi@contoso-il.example" "+972 3 555 0123" "רחוב הים 12" "תל אביב" "6120101" "IL" "he-IL" "USD";
    "Woodgrove Bank" "Woodgrove" "Thomas" "Reed" "treed@woodgrove.example" "+44 20 5550 0133" "1 Exchange Yard" "London" "EC2V 7AN" "GB" "en-GB" "GBP";
    "Litware Insurance" "Litware" "Hanneke" "de Vries" "hanneke.devries@litware.example" "+31 20 555 0144" "Grachtkade 88" "Amsterdam" "1016 AB" "NL" "nl-NL" "EUR";
    "VanArsdel Ltd." "VanArsdel" "Grace" "Kim" "grace.kim@vanarsdel.example" "+1 512 555 0109" "250 Congress Walk" "Austin" "78701" "US" "en-US" "USD";
    "شركة تريسا للتجارة" "تريسا" "ليلى" "حسن" "layla.hassan@treyresearch-ae.example" "+971 4 555 0156" "شارع الميناء 5" "دبي" "00000" "AE" "ar-AE" "USD";
    "Proseware 100% Organic" "Proseware" "Elena" "Rossi" "e.rossi@proseware.example" "+39 02 5550 0181" "Via dei Tigli 21" "Milano" "20121" "IT" "it-IT" "EUR";
    "Wingtip Toys #2" "Wingtip" "Oskar" "Lund" "oskar.lund@wingtip.example" "+46 31 555 011 9" "Hamngatan 30" "Göteborg" "411 14" "SE" "sv-SE" "SEK";
    "Margie's Travel" "Margie's Travel" "Margie" "Quinn" "margie+bookings@margiestravel.example" "+1 305 555 0177" "6 Ocean View" "Miami" "33101" "US" "en-US" "USD";
    "Fourth Coffee" "Fourth Coffee" "Tomáš" "Novák" "tomas@fourthcoffee.example" "+420 2 5550 0158" "Kávová 14" "Praha" "110 00" "CZ" "cs-CZ" "EUR";
    "Lamna Healthcare" "Lamna" "Aisha" "Bello" "aisha.bello@lamna.example" "+1 617 555 0121" "50 Charles Court" "Boston" "02108" "US" "en-US" "USD";
    "北風商事有限公司" "北風商事" "美玲" "陳" "meiling.chen@northwind-tw.example" "+886 2 5550 0165" "信義路 10 號" "台北" "110" "TW" "zh-TW" "USD";
    "Relecloud" "Relecloud" "Jonas" "Weber" "jonas.weber@relecloud.example" "+49 30 5550 0117" "Spreeufer 9" "Berlin" "10179" "DE" "de-DE" "EUR";
    "Bellows College" "Bellows College" "Harriet" "Stone" "h.stone@bellows.example" "+44 131 555 0128" "2 College Green" "Edinburgh" "EH1 2NG" "GB" "en-GB" "GBP";
    "Munson's Pickles and Preserves Farm" "Munson's" "Earl" "Munson" "earl@munsons.example" "+1 802 555 0193" "Route 7" "Middlebury" "05753" "US" "en-US" "USD";
    "The Phone Company" "Phone Company" "Noémie" "Lacroix" "noemie@phone-company.example" "+41 22 555 01 45" "Rue du Lac 11" "Genève" "1204" "CH" "fr-CH" "CHF";
    "Graphic Design Institute" "Graphic Design" "山田" "花子" "hanako@gdi.example" "+81 6 5550 0102" "4-5 Umeda" "大阪" "530-0001" "JP" "ja-JP" "JPY";
];

macro_rules! projects {
    ($($title:literal $product:literal $service:literal $industry:literal $customer_notes:literal $seller_notes:literal;)*) => {
        &[$(Project {
            title: $title, product: $product, service: $service, industry: $industry,
            customer_notes: $customer_notes, seller_notes: $seller_notes,
        }),*]
    };
}

pub(crate) const PROJECTS: &[Project] = projects![
    "ERP on Azure" "Azure" "DeploymentOrMigration" "Retail & Consumer Goods" "Our ERP runs on servers that leave support this winter. Can you move it?" "Customer plans to leave its data centre by Q4.";
    "data platform" "SQL" "Integration" "Wholesale & Distribution" "We need one place for sales, stock and web data." "Architecture agreed; waiting for the budget round.";
    "Microsoft 365 move" "Microsoft365" "DeploymentOrMigration" "Power & Utilities" "We want to move 400 mailboxes and need training for our staff.\nPlease call before Friday." "Pilot with 40 users first, then everyone.";
    "Teams telephony" "Teams" "ManagedServices" "Travel & Transportation" "Our old telephone system is being switched off in three months." "Numbers must be ported over a weekend.";
    "Power BI reporting" "PowerBI" "ConsultingAndProfessional" "Financial Services" "Month-end reports take four days in spreadsheets. We would like a demonstration." "Finance director is the sponsor; wants a proof of concept.";
    "zero-trust rollout" "EnterpriseMobilityAndSecurity" "ManagedServices" "Healthcare" "An audit asked for multi-factor sign-in and managed devices by summer." "1,200 devices, two thirds of them shared.";
    "Dynamics 365 for field service" "Dynamics365Enterprise" "CustomSolution(ISV)" "Manufacturing" "Our technicians still work with paper. Do you integrate with our stock system?" "Competes with one other partner.";
    "SAP to Azure" "Azure" "DeploymentOrMigration" "Manufacturing" "Contract with our host ends in nine months; we look for a partner with SAP experience." "Large; the account team wants a joint workshop.";
    "student devices" "Surface" "Hardware" "Education" "600 devices before the autumn term, enrolled and labelled." "Framework price applies.";
    "AI contact centre" "Azure" "CustomSolution(ISV)" "Communications & Media" "We answer 3,000 calls a day and want to automate the simple ones." "Proof of concept first; the decision is in six weeks.";
    "SharePoint intranet" "SharePoint" "ConsultingAndProfessional" "Government" "The intranet is from 2014. We would like accessible templates in two languages." "Tender closes at the end of the month.";
    "backup and recovery" "Azure" "ManagedServices" "Agriculture, Forestry, & Fishing" "After last month's outage the board wants off-site backups." "Small but urgent.";
];

/// Organization ids and names.
pub(crate) const PARTNERS: &[(&str, &str)] = &[
    ("5c7f0d1e-8a24-4b6c-9d3f-2e1a7b8c9d01", "Trey Research"),
    ("91b2c3d4-6e5f-4a7b-8c9d-0e1f2a3b4c02", "Humongous Consulting"),
    ("b4a59687-1c2d-4e3f-a041-526374859603", "Southridge Software"),
];

/// Id and name of the organization that the referrals belong to.
pub(crate) const OWN_ORGANIZATION: (&str, &str) =
    ("0f1e2d3c-4b5a-4968-8776-655443322110", "Contoso Cloud Services");

/// Team members of the own organization.
pub(crate) const COLLEAGUES: &[Colleague] = &[
    ("Ada", "Lindqvist", "ada.lindqvist@contoso.example", "+49 30 5550 0118", "sv-SE"),
    ("Ken", "Sato", "ken.sato@contoso.example", "+81 3 5550 0198", "ja-JP"),
    ("Rosa", "Diaz", "rosa.diaz+emea@contoso.example", "+34 91 555 0139", "es-ES"),
    ("Pat", "O'Brien", "pat.o'brien@contoso.example", "+353 1 555 0151", "en-IE"),
    ("Artoo", "Detoo", "r2d2@contoso.example", "+1 425 555 0177", "en-US"),
];

/// The address of the colleague whom `--mine` takes for the user.
pub const DEMO_USER: &str = COLLEAGUES[0].2;

/// Why a deal was lost: values of the portal's list (API §3.7).
pub(crate) const LOST_REASONS: &[&str] = &[
    "Budget too small",
    "Customer did not respond",
    "Chose another vendor",
    "Requirement not met",
    "Timeline too short",
];

/// Assistance request codes and the notes that go with them (API §3.5).
pub(crate) const ASSISTANCE_REQUESTS: &[(&str, &str)] = &[
    ("CustomerTechnicalArchitecture", "Could you join the customer workshop next week?"),
    ("ProofOfConceptOrDemo", "The customer would like to see a demonstration."),
    ("QuotesOrLicensing", "Please send a first estimate to the account team."),
    ("GeneralOrOther", "Looking for your view on timing."),
];

/// Company sizes as the API spells them, old values and new (API §3.2).
pub(crate) const COMPANY_SIZES: &[&str] = &[
    "10to50employees",
    "51to250employees",
    "251to1000employees",
    "1001to5000employees",
    "51to500employees",
    "",
];
