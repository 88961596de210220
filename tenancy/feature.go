package tenancy

import (
	"fmt"
	"slices"

	"github.com/ils-platform/ilsai"
)

// QueryType is the kind of a question; it decides which data may be read and which tier may ask.
type QueryType string

const (
	QueryOphthalmic QueryType = "ophthalmic" // knowledge of optics; reads no shop data
	QuerySales      QueryType = "sales"
	QueryInventory  QueryType = "inventory"
	QueryPatients   QueryType = "patients" // anonymised patient statistics

	// QueryChat is a conversation with the model itself, through POST /v1/chat/completions. It reads no shop data and
	// comes with ophthalmic knowledge. Nobody asks for it by name, so it is none of QueryTypes.
	QueryChat QueryType = "chat"

	// QueryAuto is a question that came without its kind, until the model has named it. Nobody asks for it by name.
	QueryAuto QueryType = "auto"
)

// QueryTypes lists every kind of question that may be asked by name, in the guide's order.
func QueryTypes() []QueryType {
	return []QueryType{QueryOphthalmic, QuerySales, QueryInventory, QueryPatients}
}

// ParseQueryType accepts exactly the four names; anything else is ilsai.CodeInvalid.
func ParseQueryType(s string) (QueryType, error) {
	if q := QueryType(s); slices.Contains(QueryTypes(), q) {
		return q, nil
	}
	return "", &ilsai.Error{Code: ilsai.CodeInvalid,
		Message: "query_type is one of ophthalmic, sales, inventory and patients", Err: fmt.Errorf("a query type of %d bytes", len(s))} // which may be anything: it is logged
}

// Valid reports whether q is one of the four kinds, QueryChat or QueryAuto.
func (q QueryType) Valid() bool { return q.title() != "" }

func (q QueryType) title() string {
	switch q {
	case QueryOphthalmic:
		return "Ophthalmic knowledge"
	case QuerySales:
		return "Sales questions"
	case QueryInventory:
		return "Inventory questions"
	case QueryPatients:
		return "Patient analytics"
	case QueryChat:
		return "Chat"
	case QueryAuto:
		return "Questions"
	default:
		return ""
	}
}

// Includes reports whether the features cover a kind of question.
func (f Features) Includes(q QueryType) bool {
	switch q {
	case QueryOphthalmic, QueryChat, QueryAuto: // what the last turns out to be is allowed or not then
		return f.OphthalmicKnowledge
	case QuerySales:
		return f.SalesQueries
	case QueryInventory:
		return f.InventoryQueries
	case QueryPatients:
		return f.PatientAnalytics
	default:
		return false
	}
}

// LowestTier is the cheapest tier that includes a kind of question; false for an unknown kind.
func LowestTier(q QueryType) (Tier, bool) {
	for _, p := range plans {
		if p.Features.Includes(q) {
			return p.Tier, true
		}
	}
	return "", false
}

// Allow is the feature gate. It returns nil when the tier includes the kind of question,
// ilsai.CodeFeatureDisabled naming the lowest tier that does when it does not, and
// ilsai.CodeInvalid for an unknown kind.
func Allow(t Tier, q QueryType) error {
	lowest, ok := LowestTier(q)
	if !ok {
		_, err := ParseQueryType(string(q))
		return err
	}
	if PlanOf(t).Features.Includes(q) {
		return nil
	}
	verb := "are"
	if q == QueryPatients || q == QueryOphthalmic || q == QueryChat {
		verb = "is"
	}
	above := " tier and above"
	if lowest == plans[len(plans)-1].Tier {
		above = " tier"
	}
	return ilsai.Errorf(ilsai.CodeFeatureDisabled, "%s %s part of the %s%s. Your subscription is %s: upgrade to use this.",
		q.title(), verb, lowest.Title(), above, t.Title())
}
