"""What a case speaks through: raw sockets, the server's API, the emulator's control API, private servers, commands."""
