package tidegate.house

deny contains {"id": "house", "msg": "not listed"} if {
	input.kind == "file"
	not http.send({"method": "get", "url": "http://127.0.0.1/"}).body
}
