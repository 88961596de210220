package sqlguard

import "strings"

// Functions are the built-in functions a statement may call: they compute from their arguments alone and
// cannot be made to return values of arbitrary size. Provisioning takes the right to call all others from
// the tenants' roles, those behind operators and casts excepted.
var Functions = strings.Fields(`
	abs age avg bool_and bool_or btrim ceil ceiling char_length concat concat_ws count cume_dist date_part
	date_trunc dense_rank every extract first_value floor initcap lag last_value lead left length like_escape lower ltrim
	make_date max min mod mode nth_value ntile percent_rank percentile_cont percentile_disc position power rank
	right round row_number rtrim sign sqrt stddev stddev_pop stddev_samp strpos substr substring sum timezone to_char
	to_date trunc upper var_pop var_samp variance`)

var (
	functions = setOf(Functions...)
	operators = setOf("+", "-", "*", "/", "%", "=", "<>", "!=", "<", ">", "<=", ">=", "||", "~~", "!~~", "~~*", "!~~*",
		"BETWEEN", "NOT BETWEEN", "BETWEEN SYMMETRIC", "NOT BETWEEN SYMMETRIC") // LIKE and ILIKE are ~~ and ~~*
	types = setOf("bool", "int2", "int4", "int8", "float4", "float8", "numeric", "text", "varchar", "bpchar", "date", "time", "timestamp", "timestamptz", "interval")
	// values are the functions written without parentheses. Those that tell who is connected where are left out.
	values = setOf("SVFOP_CURRENT_DATE", "SVFOP_CURRENT_TIMESTAMP", "SVFOP_LOCALTIMESTAMP")
)

// kinds are the nodes a statement may be made of, as the parser names them. Left out among others: INTO,
// FOR UPDATE, functions and samples in FROM, arrays, rows, XML, JSON, and every statement but SELECT.
var kinds = setOf(`ParseResult`, `RawStmt`, `Node`, `SelectStmt`, `ResTarget`, `ColumnRef`, `A_Star`, `String`, `Integer`, `Float`, `Boolean`, `A_Const`, `ParamRef`,
	`RangeVar`, `Alias`, `RangeSubselect`, `JoinExpr`, `SubLink`, `A_Expr`, `BoolExpr`, `NullTest`, `BooleanTest`, `CaseExpr`, `CaseWhen`, `CoalesceExpr`, `MinMaxExpr`,
	`FuncCall`, `TypeCast`, `TypeName`, `SQLValueFunction`, `CollateClause`, `SortBy`, `WindowDef`, `GroupingSet`, `GroupingFunc`, `List`,
	`WithClause`, `CommonTableExpr`)

func setOf(words ...string) map[string]bool {
	set := make(map[string]bool, len(words))
	for _, w := range words {
		set[w] = true
	}
	return set
}
