using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Guildhall.Api;
using Guildhall.Console.Shared;
using Guildhall.Fabric;
using Guildhall.Identity;
using Guildhall.Memberships;
using Guildhall.Networks;

namespace Guildhall.Console.Inbox;

/// <summary>Changes of channels that the project's organizations are asked to sign. The signature is made elsewhere, where the key is, and handed in here.</summary>
internal static class SignaturePages
{
    public static async Task<IResult> ListAsync(ConsoleRequest request)
    {
        var (found, count) = await request.Signatures.ListAsync(request.Caller, Pages.SkipOf(request), Pages.Rows, request.Aborted);
        return request.Show<SignaturesView, SignaturesModel>(request.T("Signature requests"), new SignaturesModel(found, Pages.Of(request, count)));
    }

    public static Task<IResult> ShowAsync(ConsoleRequest request, string id) => ShowAsync(request, id, null, null);

    /// <summary>The file that guildhall sign takes.</summary>
    public static async Task<IResult> DownloadAsync(ConsoleRequest request, string id) =>
        (await request.Signatures.ShowAsync(request.Caller, id, request.Aborted)).IsRefused(out var refusal, out var asked)
            ? request.Refuse(refusal)
            : TypedResults.File(asked.File.Write(), "application/json", FileNameOf(asked.Request));

    public static async Task<IResult> SignAsync(ConsoleRequest request, string id)
    {
        if ((await request.Signatures.ShowAsync(request.Caller, id, request.Aborted)).IsRefused(out var refusal, out var asked))
        {
            return request.Refuse(refusal);
        }

        if (SignatureIn(request, asked).IsRefused(out refusal, out var signature)
            || (await request.Signatures.SignAsync(request.Caller, id, signature, request.Aborted)).IsRefused(out refusal))
        {
            return await ShowAsync(request, id, refusal, null);
        }

        return request.Go("/console/inbox/signatures/" + id, request.T("The signature of {0} is taken. The change goes on as soon as enough have signed.", asked.Request.MspId));
    }

    /// <summary>The key that is kept here is told to sign what the page showed.</summary>
    public static async Task<IResult> ApproveAsync(ConsoleRequest request, string id) =>
        (await request.Signatures.ApproveAsync(request.Caller, id, request.Form["digest"], request.Aborted)).IsRefused(out var refusal)
            ? await ShowAsync(request, id, refusal, null)
            : request.Go("/console/inbox/signatures/" + id, request.T("The key that is kept here signs it now, unless your own nodes show another channel. The page says how it went."));

    public static async Task<IResult> DeclineAsync(ConsoleRequest request, string id)
    {
        if (ReasonIn(request).IsRefused(out var refusal, out var reason)
            || (await request.Signatures.DeclineAsync(request.Caller, id, reason, request.Aborted)).IsRefused(out refusal))
        {
            return await ShowAsync(request, id, null, refusal);
        }

        return request.Go("/console/inbox/signatures/" + id, request.T("You declined. The others read the reason; you may still sign."));
    }

    internal static string FileNameOf(SignatureRequest request) => $"{request.ChannelName}-{string.Concat(request.MspId.Where(char.IsAsciiLetterOrDigit))}.request.json";

    /// <summary>What guildhall sign wrote: as a file, or pasted.</summary>
    private static Result<UpdateSignature> SignatureIn(ConsoleRequest request, AskedSignature asked)
    {
        var content = request.Form.File("file")?.Content ?? Encoding.UTF8.GetBytes(request.Form["text"]);
        if (content.IsEmpty)
        {
            return ConsoleRefusals.NothingChosen.Because("no signature");
        }

        try
        {
            var file = SignatureFile.Read(content.Span);
            return file.Digest.Equals(asked.Enactment.Update.Digest, StringComparison.OrdinalIgnoreCase)
                ? file.Signature
                : Refusal.SignatureUnfit.Because("it is of another change, or of this one before the channel moved; download the request again");
        }
        catch (FormatException problem)
        {
            return Refusal.SignatureUnfit.Because(problem.Message);
        }
    }

    /// <summary>Read as the API reads it.</summary>
    private static Result<string> ReasonIn(ConsoleRequest request)
    {
        var body = Fields.Parse(JsonSerializer.SerializeToUtf8Bytes(new JsonObject { ["reason"] = request.Form["reason"] }), request.Limits);
        var reason = DeclineChannelUpdate.ReadReason(body);
        return body.Refusal is { } refusal ? refusal : reason;
    }

    private static async Task<IResult> ShowAsync(ConsoleRequest request, string id, Refusal? signRefusal, Refusal? declineRefusal)
    {
        if ((await request.Signatures.ShowAsync(request.Caller, id, request.Aborted)).IsRefused(out var refusal, out var asked))
        {
            return request.Refuse(refusal);
        }

        var model = new SignatureModel(asked, request.Get<CallersClock>().Time.GetUtcNow(), request.Form["reason"], signRefusal, declineRefusal);
        return request.Show<SignaturePage, SignatureModel>(request.T("Sign for {0}", asked.Request.MspId), model, signRefusal ?? declineRefusal);
    }
}
