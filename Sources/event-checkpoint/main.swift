print("event-checkpoint")
