package privacy

// Kind is what a stretch of text is, under the name that Microsoft Presidio gives the entity where it has one.
type Kind string

// The kinds. Those of the second group are Presidio's names with a country's own number behind them; those of the
// third have no entity there.
const (
	Email      Kind = "EMAIL_ADDRESS"
	Phone      Kind = "PHONE_NUMBER"
	CreditCard Kind = "CREDIT_CARD"
	IBAN       Kind = "IBAN_CODE"
	IPAddress  Kind = "IP_ADDRESS"
	Person     Kind = "PERSON"
	Location   Kind = "LOCATION" // a postal address

	USSSN      Kind = "US_SSN"
	USITIN     Kind = "US_ITIN"
	USPassport Kind = "US_PASSPORT" // any country's, by its context
	UKNHS      Kind = "UK_NHS"
	UKNINO     Kind = "UK_NINO"
	ESNIF      Kind = "ES_NIF"
	ESNIE      Kind = "ES_NIE"
	ITFiscal   Kind = "IT_FISCAL_CODE"
	PLPESEL    Kind = "PL_PESEL"
	FIIdentity Kind = "FI_PERSONAL_IDENTITY_CODE"
	INAadhaar  Kind = "IN_AADHAAR"
	INPAN      Kind = "IN_PAN"
	AUMedicare Kind = "AU_MEDICARE"
	AUTFN      Kind = "AU_TFN"
	SGNRIC     Kind = "SG_NRIC_FIN"

	CASIN         Kind = "CA_SIN"
	BRCPF         Kind = "BR_CPF"
	FRNIR         Kind = "FR_NIR"
	DETaxID       Kind = "DE_TAX_ID"
	ILIdentity    Kind = "IL_ID_NUMBER"
	NationalID    Kind = "NATIONAL_ID" // named as one, of a form not listed here
	DateOfBirth   Kind = "DATE_OF_BIRTH"
	MedicalRecord Kind = "MEDICAL_RECORD" // of a record, chart, member or policy
)

// Finding is a stretch of a text, in bytes, that holds personal data of a kind.
type Finding struct {
	Kind       Kind
	Start, End int
}
