"""Everything between the internet and the tasks: domain, load balancer, web firewall and their logs."""
