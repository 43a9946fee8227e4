package tidegate.house

denied contains {"id": "house", "msg": "no motd"} if input.kind == "file"
