using Guildhall.Identity;

namespace Guildhall.Api.Keystone;

/// <summary>ShowPermanentAccessKey: one key without its secret.</summary>
internal static class ShowAccessKey
{
    public static void MapShowAccessKey(this IEndpointRouteBuilder keys) =>
        keys.MapGet("{access_key}", HandleAsync).WithName("ShowPermanentAccessKey");

    private static async Task<IResult> HandleAsync(HttpContext context, Doors doors, AccessKeys accessKeys, CancellationToken cancellationToken)
    {
        if ((await doors.AuthenticateAsync(context)).IsRefused(out var refusal, out var principal))
        {
            return refusal.ToIamResponse();
        }

        var found = await accessKeys.ShowAsync(Owner.Of(principal), (string)context.GetRouteValue("access_key")!, cancellationToken);
        return found.IsRefused(out refusal, out var key)
            ? refusal.ToIamResponse()
            : IamAnswers.Ok(new CredentialAnswer(CreateAccessKey.ShapeOf(key)), IamAnswers.Json.CredentialAnswer);
    }
}
