package tenancy

import "time"

// Subscription is what a tenant had from ChangedAt on.
type Subscription struct {
	Tier      Tier      `json:"tier"`
	Status    Status    `json:"status"`
	ChangedAt time.Time `json:"changed_at"` // UTC, whole milliseconds
}
