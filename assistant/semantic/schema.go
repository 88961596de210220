package semantic

import _ "embed"

// The tables the shipped catalogues expect, per engine: any number of statements. A shop's three
// databases are separate, so each schema stands alone.
var (
	//go:embed sales_schema.sqlite.sql
	SalesSchemaSQLite string
	//go:embed sales_schema.postgres.sql
	SalesSchemaPostgres string
	//go:embed inventory_schema.sqlite.sql
	InventorySchemaSQLite string
	//go:embed inventory_schema.postgres.sql
	InventorySchemaPostgres string
	//go:embed patients_schema.sqlite.sql
	PatientsSchemaSQLite string
	//go:embed patients_schema.postgres.sql
	PatientsSchemaPostgres string
)
