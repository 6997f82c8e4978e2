"""What a Windows holds after its installation, as plain tables; `builder` makes a machine of them."""
