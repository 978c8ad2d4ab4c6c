// Copyright (c) 2026, community.dynatrace contributors
// SPDX-License-Identifier: GPL-3.0-or-later

// Renders the templates of its input with the values of its input. A template that cannot be rendered gives null.
package main

import (
	"encoding/json"
	"os"
	"strings"
	"text/template"
)

func plain(value interface{}) interface{} {
	switch one := value.(type) {
	case json.Number:
		if number, err := one.Int64(); err == nil {
			return int(number)
		}
		number, _ := one.Float64()
		return number
	case []interface{}:
		for position := range one {
			one[position] = plain(one[position])
		}
	case map[string]interface{}:
		for key := range one {
			one[key] = plain(one[key])
		}
	}
	return value
}

func rendered(text string, values interface{}) interface{} {
	parsed, err := template.New("").Option("missingkey=error").Parse(text)
	if err != nil {
		return nil
	}
	var out strings.Builder
	if err := parsed.Execute(&out, values); err != nil {
		return nil
	}
	return out.String()
}

func main() {
	var input struct {
		Values    interface{}
		Templates []string
	}
	decoder := json.NewDecoder(os.Stdin)
	decoder.UseNumber()
	if err := decoder.Decode(&input); err != nil {
		panic(err)
	}
	values := plain(input.Values)
	found := make([]interface{}, len(input.Templates))
	for position, text := range input.Templates {
		found[position] = rendered(text, values)
	}
	if err := json.NewEncoder(os.Stdout).Encode(found); err != nil {
		panic(err)
	}
}
