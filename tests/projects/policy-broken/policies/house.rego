package tidegate.house

deny contains {"id": "house", "msg": "no motd"} if {
	input.kind == "file"
	input.file.target == motd
}
