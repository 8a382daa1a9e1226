"""Everything between the internet and the tasks: the domain, load balancer, web firewall and their logs."""
