"""What a reviewer of a plan must see, without the values of the plan."""
