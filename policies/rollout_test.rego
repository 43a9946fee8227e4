package tidegate.rollout_test

import data.tidegate.rollout

# Two devices for staging, four for production, one component on all of them, one probe that counts.
fleet := {
	"stg-01": {"production": false},
	"stg-02": {"production": false},
	"web-01": {"production": true},
	"web-02": {"production": true},
	"web-03": {"production": true},
	"web-04": {"production": true},
}

staging := {
	"name": "staging", "select": "env=staging", "devices": ["stg-01", "stg-02"],
	"up_to": {"number": 100, "share": true, "written": false}, "health": ["serves"],
}

production(up_to) := {
	"name": "canary", "select": "env=production", "devices": ["web-01", "web-02", "web-03", "web-04"],
	"up_to": up_to, "health": ["serves"],
}

share(number) := {"number": number, "share": true, "written": true}

everything := {"number": 100, "share": true, "written": false}

nginx := {"file": "components/nginx.yaml", "strategy": "default", "devices": object.keys(fleet), "health": []}

project(waves, component) := {"kind": "project", "project": {
	"fleet": fleet,
	"probes": {"serves": {"shadow": false}, "shade": {"shadow": true}},
	"components": {"nginx": component},
	"strategies": {"default": {"waves": waves}},
}}

listed(component) := object.union(component, {"devices": [name | some name in component.devices]})

on(waves) := project(waves, listed(nginx))

blind(wave) := object.union(wave, {"health": []})

ids(findings) := {finding.id | some finding in findings}

# canary-size

test_a_small_canary_after_staging_is_fine if {
	waves := [staging, production(share(25)), production(everything)]
	count(rollout.deny) == 0 with input as on(waves)
	count(rollout.warn) == 0 with input as on(waves)
}

test_a_canary_of_more_than_a_quarter_is_refused if {
	some finding in rollout.deny with input as on([staging, production(share(40))])
	finding == {
		"id": "canary-size",
		"msg": "wave `canary` takes 40 % of production at once; the policy allows 25 %",
		"path": ["strategies", "default", "waves", 1, "up_to"],
		"fix": "up_to: 10%",
	}
}

test_a_later_wave_may_be_large if {
	count(rollout.deny) == 0 with input as on([staging, production(share(5)), production(share(90))])
}

test_a_number_of_devices_is_no_share if {
	up_to := {"number": 40, "share": false, "written": true}
	count(rollout.deny) == 0 with input as on([staging, production(up_to)])
}

test_no_canary_at_all_is_a_warning if {
	ids(rollout.warn) == {"canary-size"} with input as on([staging, production(everything)])
	count(rollout.deny) == 0 with input as on([staging, production(everything)])
}

test_a_production_of_one_device_needs_no_canary if {
	wave := object.union(production(everything), {"devices": ["web-01"]})
	count(rollout.warn) == 0 with input as on([staging, wave])
}

test_without_production_there_is_nothing_to_say if {
	component := object.union(nginx, {"devices": ["stg-01"]})
	count(rollout.deny) == 0 with input as project([staging], component)
	count(rollout.warn) == 0 with input as project([staging], component)
}

# unproven

test_production_first_is_refused if {
	some finding in rollout.deny with input as on([production(share(5)), staging])
	finding.id == "unproven"
	finding.path == ["strategies", "default", "waves", 0]
}

test_a_wave_that_mixes_both_proves_nothing if {
	mixed := object.union(staging, {"devices": ["stg-01", "web-01"], "up_to": share(10)})
	ids(rollout.deny) == {"unproven"} with input as on([mixed, production(everything)])
}

test_a_component_that_staging_does_not_have_is_unproven if {
	component := object.union(nginx, {"devices": ["web-01", "web-02"]})
	ids(rollout.deny) == {"unproven"} with input as project([staging, production(share(5))], component)
}

plan(waves, devices) := object.union(on([staging, production(share(5))]), {"kind": "plan", "plan": {
	"components": ["nginx"],
	"waves": waves,
	"devices": {name: {"components": ["nginx"]} | some name in devices},
}})

test_a_plan_that_begins_in_staging_is_fine if {
	waves := [
		{"name": "staging", "members": ["stg-01"], "production": []},
		{"name": "canary", "members": ["web-01"], "production": ["web-01"]},
	]
	count(rollout.warn) == 0 with input as plan(waves, ["stg-01", "web-01"])
}

test_a_plan_that_begins_in_production_is_a_warning if {
	waves := [
		{"name": "staging", "members": [], "production": []},
		{"name": "canary", "members": ["web-01"], "production": ["web-01"]},
	]
	ids(rollout.warn) == {"unproven"} with input as plan(waves, ["web-01"])
}

test_a_plan_of_staging_alone_is_fine if {
	waves := [{"name": "staging", "members": ["stg-01"], "production": []}]
	count(rollout.warn) == 0 with input as plan(waves, ["stg-01"])
}

# no-health

test_no_probe_anywhere_is_refused if {
	some finding in rollout.deny with input as on([blind(staging), blind(production(share(5)))])
	finding.id == "no-health"
	finding.file == "components/nginx.yaml"
}

test_a_shadow_counts_for_nothing if {
	component := object.union(listed(nginx), {"health": ["shade"]})
	ids(rollout.deny) == {"no-health"} with input as project([blind(staging), blind(production(share(5)))], component)
}

test_a_probe_of_its_own_is_enough if {
	component := object.union(listed(nginx), {"health": ["serves"]})
	count(rollout.deny) == 0 with input as project([blind(staging), blind(production(share(5)))], component)
}

test_a_wave_without_a_probe_is_a_warning if {
	waves := [staging, blind(production(share(5)))]
	ids(rollout.warn) == {"no-health"} with input as on(waves)
	count(rollout.deny) == 0 with input as on(waves)
}
