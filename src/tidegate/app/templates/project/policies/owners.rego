# METADATA
# title: Whom to wake
# description: A rule of your own, to begin with. Change it, or delete it.
package tidegate.owners

# METADATA
# title: Every device has an owner
# description: The label `owner` names the team to be called when a device is in trouble.
# custom:
#   id: device-owner
deny contains finding if {
	input.kind == "project"
	some name, device in input.project.fleet
	not device.labels.owner
	finding := {
		"id": "device-owner",
		"msg": sprintf("device `%s` has no label `owner`", [name]),
		"file": device.file,
		"path": ["devices", name],
		"fix": "labels: {owner: <team>}",
	}
}
