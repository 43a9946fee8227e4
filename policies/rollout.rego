# METADATA
# title: How a rollout goes
# description: |
#   A change meets few devices before it meets many, other devices before production, and eyes on every one.
package tidegate.rollout

# Percent of production that the first wave there may take.
largest_canary := 25

# METADATA
# title: The canary is small
# description: The share written for the first production wave is at most `largest_canary`.
# custom:
#   id: canary-size
deny contains finding if {
	input.kind == "project"
	some name, strategy in input.project.strategies
	at := first_production_wave(strategy)
	wave := strategy.waves[at]
	wave.up_to.written
	wave.up_to.share
	wave.up_to.number > largest_canary
	finding := {
		"id": "canary-size",
		"msg": sprintf(
			"wave `%s` takes %d %% of production at once; the policy allows %d %%",
			[wave.name, wave.up_to.number, largest_canary],
		),
		"path": ["strategies", name, "waves", at, "up_to"],
		"fix": "up_to: 10%",
	}
}

# METADATA
# title: There is a canary
# description: The first production wave does not take all of a production of several devices.
# custom:
#   id: canary-size
warn contains finding if {
	input.kind == "project"
	some name, strategy in input.project.strategies
	at := first_production_wave(strategy)
	wave := strategy.waves[at]
	not wave.up_to.written
	count(production_of(wave)) > 1
	finding := {
		"id": "canary-size",
		"msg": sprintf("wave `%s` takes all of production at once: there is no canary", [wave.name]),
		"path": ["strategies", name, "waves", at],
		"fix": sprintf("Put a small wave before it: {name: canary, select: %s, up_to: 5%%}", [wave.select]),
	}
}

# METADATA
# title: Other devices come first
# description: Before a component reaches production, an earlier wave of other devices has it.
# custom:
#   id: unproven
deny contains finding if {
	input.kind == "project"
	some component, first in unproven_waves
	name := input.project.components[component].strategy
	finding := {
		"id": "unproven",
		"msg": sprintf(
			"wave `%s` takes `%s` to production, and no wave before it proves it elsewhere",
			[input.project.strategies[name].waves[first].name, component],
		),
		"path": ["strategies", name, "waves", first],
		"fix": "Put a wave of other devices that have it before it: {name: staging, select: env=staging}",
	}
}

# METADATA
# title: This change is proven before production
# description: Of what a plan changes, something changes outside of production first.
# custom:
#   id: unproven
warn contains finding if {
	input.kind == "plan"
	some component in input.plan.components
	not unproven_waves[component]
	touched := {name | some name, device in input.plan.devices; component in device.components}
	production := [at | some at, wave in input.plan.waves; count(touched & {name | some name in wave.production}) > 0]
	count(production) > 0
	first := min(production)
	proving := [wave |
		some at, wave in input.plan.waves
		at < first
		count(wave.production) == 0
		count(touched & {name | some name in wave.members}) > 0
	]
	count(proving) == 0
	finding := {
		"id": "unproven",
		"msg": sprintf(
			"what changes of `%s` begins in production, with wave `%s`: no other device has this change before",
			[component, input.plan.waves[first].name],
		),
		"fix": "Is it meant for production only? Otherwise change it where the other devices have it too.",
	}
}

# METADATA
# title: Somebody looks
# description: Every component has a probe that counts, of its own, of its strategy or of a wave.
# custom:
#   id: no-health
deny contains finding if {
	input.kind == "project"
	some name, component in input.project.components
	count(component.devices) > 0
	count(blind_waves(component)) == count(taking_waves(component))
	finding := {
		"id": "no-health",
		"msg": sprintf("nothing looks at `%s`: no probe of its own, of strategy `%s` or of its waves counts", [
			name,
			component.strategy,
		]),
		"file": component.file,
		"path": ["health"],
		"fix": "Name a probe that says whether it works: health: [serves]",
	}
}

# METADATA
# title: Somebody looks in every wave
# description: No wave that takes a component is without a probe that counts.
# custom:
#   id: no-health
warn contains finding if {
	input.kind == "project"
	some name, component in input.project.components
	count(blind_waves(component)) < count(taking_waves(component))
	some at in blind_waves(component)
	finding := {
		"id": "no-health",
		"msg": sprintf("nothing looks at `%s` in wave `%s`", [
			name,
			input.project.strategies[component.strategy].waves[at].name,
		]),
		"path": ["strategies", component.strategy, "waves", at],
		"fix": "Name a probe for all of its waves: health: [serves] in the strategy or the component",
	}
}

production_of(wave) := {name | some name in wave.devices; input.project.fleet[name].production}

first_production_wave(strategy) := min(waves) if {
	waves := [at | some at, wave in strategy.waves; count(production_of(wave)) > 0]
	count(waves) > 0
}

# Component -> the wave that takes it to production, where nothing proves it before.
unproven_waves[name] := first if {
	some name, component in input.project.components
	waves := input.project.strategies[component.strategy].waves
	devices := {device | some device in component.devices}
	production := [at | some at, wave in waves; count(devices & production_of(wave)) > 0]
	count(production) > 0
	first := min(production)
	proving := [at |
		some at, wave in waves
		at < first
		count(production_of(wave)) == 0
		count(devices & {device | some device in wave.devices}) > 0
	]
	count(proving) == 0
}

taking_waves(component) := {at |
	some at, wave in input.project.strategies[component.strategy].waves
	count({name | some name in component.devices} & {name | some name in wave.devices}) > 0
}

# Waves that take it and have no probe but shadows, which count for nothing.
blind_waves(component) := {at |
	some at in taking_waves(component)
	wave := input.project.strategies[component.strategy].waves[at]
	probes := {name | some name in array.concat(component.health, wave.health)}
	count({name | some name in probes; not input.project.probes[name].shadow}) == 0
}
