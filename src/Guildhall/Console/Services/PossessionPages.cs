using System.Text;
using System.Text.Json;
using Guildhall.Api;
using Guildhall.Api.Wire;

namespace Guildhall.Console.Services;

/// <summary>Proves whose an attached organization is: its administrator signs a challenge where the key is, and the answer is handed in here.</summary>
internal static class PossessionPages
{
    public static async Task<IResult> ChallengeAsync(ConsoleRequest request, string serviceId) =>
        (await Possession(request).ChallengeAsync(request.Caller, serviceId, request.Form["organization"], request.Aborted)).IsRefused(out var refusal)
            ? await NetworkPages.ShowAsync(request, serviceId, null, false, refusal)
            : request.Go($"/console/services/{serviceId}/network", request.T("There is a challenge to be signed. It can be answered for a week."));

    /// <summary>The file that guildhall sign takes.</summary>
    public static async Task<IResult> DownloadAsync(ConsoleRequest request, string serviceId, string organization) =>
        (await Possession(request).ListAsync(request.Caller, serviceId, request.Aborted)).FirstOrDefault(one => one.Organization == organization) is { } challenge
            ? TypedResults.File(JsonSerializer.SerializeToUtf8Bytes(NetworkChallenge.Of(challenge), Answers.Json.NetworkChallenge), "application/json", FileNameOf(challenge.MspId))
            : request.NotFound();

    /// <summary>What guildhall sign wrote: as a file, or pasted. It is read as the API reads it.</summary>
    public static async Task<IResult> ProveAsync(ConsoleRequest request, string serviceId)
    {
        var content = request.Form.File("file")?.Content ?? Encoding.UTF8.GetBytes(request.Form["text"]);
        if (content.IsEmpty)
        {
            return await NetworkPages.ShowAsync(request, serviceId, null, false, ConsoleRefusals.NothingChosen.Because("no signature"));
        }

        var body = Fields.Parse(content, request.Limits);
        var (organization, certificate, signature) = ProvePossession.Read(body);
        return body.Refusal is { } malformed ? await NetworkPages.ShowAsync(request, serviceId, null, false, malformed)
            : (await Possession(request).ProveAsync(request.Caller, serviceId, organization, certificate, signature, request.Aborted)).IsRefused(out var refusal) ? await NetworkPages.ShowAsync(request, serviceId, null, false, refusal)
            : request.Go($"/console/services/{serviceId}/network", request.T("Organization {0} is proven to be this account's.", organization));
    }

    internal static string FileNameOf(string mspId) => $"{string.Concat(mspId.Where(char.IsAsciiLetterOrDigit))}.challenge.json";

    private static PossessionManagement Possession(ConsoleRequest request) => request.Get<PossessionManagement>();
}
