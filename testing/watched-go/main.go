// Reads alert rules as Prometheus reads them and a dashboard as Grafana's schema has it, and says what either would refuse.
//
//	watched <alerts.yml> <dashboard.json>
package main

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"strings"

	"github.com/grafana/grafana-foundation-sdk/go/cog/plugins"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
	"github.com/grafana/grafana-foundation-sdk/go/prometheus"
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/rulefmt"
	"github.com/prometheus/prometheus/promql/parser"
)

var promql = parser.NewParser(parser.Options{})

func main() {
	refused := append(rules(os.Args[1]), panels(os.Args[2])...)
	for _, line := range refused {
		fmt.Fprintln(os.Stderr, line)
	}
	if len(refused) > 0 {
		os.Exit(1)
	}
}

// rules are loaded by Prometheus's own loader: fields, durations, names, expressions, and the templates of their sentences.
func rules(file string) []error {
	groups, refused := rulefmt.ParseFile(file, false, model.UTF8Validation, promql, slog.Default())
	if groups != nil {
		for _, group := range groups.Groups {
			fmt.Println("group", group.Name, len(group.Rules))
		}
	}
	return refused
}

// panels are read strictly, each by the schema of its kind, each query by that of a Prometheus.
func panels(file string) (refused []error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return []error{err}
	}
	plugins.RegisterDefaultPlugins()
	if err := new(dashboard.Dashboard).UnmarshalJSONStrict(text); says(err) {
		return []error{err}
	}
	// The strict reader refuses, and keeps no query of what it takes.
	var board dashboard.Dashboard
	if err := json.Unmarshal(text, &board); err != nil {
		return []error{err}
	}
	if err := board.Validate(); says(err) {
		refused = append(refused, err)
	}
	for _, one := range board.Panels {
		if one.Panel == nil {
			continue
		}
		for _, target := range one.Panel.Targets {
			query, ok := target.(*prometheus.Dataquery)
			if !ok {
				refused = append(refused, fmt.Errorf("%s: %T is no query of a Prometheus", *one.Panel.Title, target))
				continue
			}
			// Grafana puts a length of time there.
			expression := strings.ReplaceAll(query.Expr, "$__rate_interval", "1m")
			if _, err := promql.ParseExpr(expression); err != nil {
				refused = append(refused, fmt.Errorf("%s: %w", *one.Panel.Title, err))
				continue
			}
			fmt.Println("query", *one.Panel.Title)
		}
	}
	return refused
}

// The schema's reader returns an empty list of errors where there is none.
func says(err error) bool {
	return err != nil && err.Error() != ""
}
