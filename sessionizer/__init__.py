"""The sessionizer: adds events up into sessions, carts and customers. Imports tracker.{settings,errors,store,sites} only."""
