using Guildhall.Identity;

namespace Guildhall.Console.SignIn;

public sealed record YouModel(Principal User, DateTimeOffset ExpiresAt);
