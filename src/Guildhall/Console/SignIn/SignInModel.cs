using Guildhall.Memberships;

namespace Guildhall.Console.SignIn;

/// <param name="To">Where the visitor wanted to go.</param>
/// <param name="Refusal">Why the last try did not succeed; null on the first.</param>
/// <param name="IsSafe">Whether a password can be typed here without travelling readable.</param>
public sealed record SignInModel(string Account, string User, string To, Refusal? Refusal, bool IsSafe);
