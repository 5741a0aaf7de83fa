using Guildhall.Identity;

namespace Guildhall.Api.Keystone;

/// <summary>CreatePermanentAccessKey: a key pair for a user. The secret is in this answer and never again.</summary>
internal static class CreateAccessKey
{
    public static void MapCreateAccessKey(this IEndpointRouteBuilder keys) =>
        keys.MapPost("", HandleAsync).WithName("CreatePermanentAccessKey");

    public static Credential ShapeOf(AccessKeyEntry key, Secret? secret = null) => new(
        key.AccessKey, secret?.Reveal(), key.CreatedAt.ToIam(), key.UserId, key.Description, key.IsEnabled ? "active" : "inactive");

    private static async Task<IResult> HandleAsync(
        Fields body, HttpContext context, Doors doors, AccessKeys accessKeys, CancellationToken cancellationToken)
    {
        if ((await doors.AuthenticateAsync(context)).IsRefused(out var refusal, out var principal))
        {
            return refusal.ToIamResponse();
        }

        var (userId, description) = body.Object("credential", credential =>
            (credential.Id("user_id"), credential.OptionalText("description", AccessKeys.MaxDescriptionLength) ?? ""));
        if (body.Refusal is { } malformed)
        {
            return malformed.ToIamResponse();
        }

        var created = await accessKeys.CreateAsync(Owner.Of(principal), userId, description, cancellationToken);
        return created.IsRefused(out refusal, out var key)
            ? refusal.ToIamResponse()
            : IamAnswers.Created(new CredentialAnswer(ShapeOf(key.Entry, key.SecretKey)), IamAnswers.Json.CredentialAnswer);
    }
}
