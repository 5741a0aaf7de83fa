using Guildhall.Memberships;

namespace Guildhall.Identity;

/// <summary>What the built-in identity turns down; shown in Keystone's shape under <c>/v3</c>, and as text by the command line.</summary>
internal static class IdentityRefusals
{
    public static readonly Refusal PasswordWrong = Of(401, "The username or password is wrong.");
    public static readonly Refusal TooManySignIns = Of(429, "Too many attempts to sign in wait for their turn; wait as long as Retry-After says.");
    public static readonly Refusal ScopeForbidden = Of(401, "The user has no access to the scope that is asked for.");
    public static readonly Refusal TokenNotFound = Of(404, "Could not find token.");
    public static readonly Refusal AccountNotFound = Of(404, "There is no such account");
    public static readonly Refusal UserNotFound = Of(404, "There is no such user");
    public static readonly Refusal ProjectNotFound = Of(404, "There is no such project");
    public static readonly Refusal AccessKeyNotFound = Of(404, "There is no such access key");
    public static readonly Refusal NotYours = Of(403, "Only an administrator of the account may do this for another user.");
    public static readonly Refusal KeyWithoutScope = Of(403, "An access key reaches as far as what it is made with, and this token has no scope; ask for one with auth.scope.domain, or with auth.scope.project for a key of that project.");
    public static readonly Refusal KeyOutOfReach = Of(403, "The access key reaches further than what this request is made with; use a token with auth.scope.domain.");
    public static readonly Refusal KeysUndecided = Of(400, "Say whether the user's access keys end too");
    public static readonly Refusal NameTaken = Of(409, "The name is taken");
    public static readonly Refusal TooManyAccessKeys = Of(409, $"A user may have {AccessKeys.MaxPerUser} access keys; delete one first.");
    public static readonly Refusal NameUnfit = Of(400, $"A name has 1 to {Names.MaxNameLength} characters, no control characters, and no space at either end");
    public static readonly Refusal DescriptionUnfit = Of(400, $"A description has at most {AccessKeys.MaxDescriptionLength} characters and no control characters");
    public static readonly Refusal PasswordUnfit = Of(400, $"A password has {Passwords.MinLength} to {Passwords.MaxLength} characters, none of them a tab or another that cannot be typed");

    private static Refusal Of(int status, string message) => new(status, $"IAM.{status}0001", message, Rank: int.MaxValue, Remedy: "");
}
